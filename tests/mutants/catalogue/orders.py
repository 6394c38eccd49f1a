"""Bugs in recording and changing orders, and in the calls that carry them: table, requests, queues, streams."""

from __future__ import annotations

from tests.mutants.bug import Bug

_ORDERS = "tests/flow/test_orders.py"
_QUOTES = "tests/flow/test_quotes.py"
_WHAT_IF = "tests/flow/test_what_if.py"
_RACES = "tests/flow/test_races.py"
_MEETINGS = "tests/flow/test_meetings.py"
_DISCARDED = (
    "tests/flow/test_crashes.py::"
    "test_a_large_order_refused_in_the_middle_of_its_removal_is_refused_again_for_the_same_reason"
)
_BEGUN_MEANWHILE = (
    "tests/flow/test_crashes.py::test_who_removes_a_refused_order_does_not_touch_one_that_was_begun_meanwhile"
)
_BATCHES = "tests/unit/http/test_batches.py"
_RETRIES = "tests/unit/aws/test_retries.py"
_LEFT_OVER = "tests/unit/aws/test_left_over.py"
_IMPORTS = "tests/functions/test_api_imports.py"
_KEYS = "tests/functions/test_idempotency_keys.py"
_REPLAY = "tests/replay"
_SEEDS = "tests/simulation/test_simulation.py"
_RULES = "tests/architecture/test_architecture.py"

BUGS = (
    Bug(
        "The queue head goes by the allocator's own clock",
        "functions/allocate_stock/handler.py",
        "told_time.last_sent(event, clock.now())",
        "clock.now() or told_time.last_sent(event, clock.now())",
        ("tests/flow/test_wrong_clocks.py",),
    ),
    Bug(
        "A date that moves past an authorisation is not noticed",
        "functions/notify_customers/beside_mail.py",
        "    recheck_authorisation(view,",
        "    recheck_authorisation(None and view,",
        ("tests/flow/test_payments.py",),
    ),
    Bug(
        "What was captured for units that were switched is never paid back",
        "shared/backorders/change.py",
        "brought=brought_along(line, units)",
        "brought=0",
        ("tests/flow/test_switched_money.py",),
    ),
    Bug(
        "The tally trusts its own clock",
        "functions/tally_demand/handler.py",
        "now=told_time.last_sent(event, clock.now())",
        "now=clock.now() or told_time.last_sent(event, clock.now())",
        ("tests/flow/test_wrong_clocks.py",),
    ),
    Bug(
        "Demand with a head start is left to the tally, which never looks there",
        "shared/backorders/record.py",
        "early = now is None or order.rank < micros(now - PROMPT)",
        "early = order.rank < 0",
        (_MEETINGS,),
    ),
    Bug(
        "Lines of one SKU are promised as if each stood first",
        "shared/backorders/estimate.py",
        "taken[line.sku] = taken.get(line.sku, 0) + line.quantity",
        "taken[line.sku] = 0",
        (f"{_ORDERS}::test_lines_of_one_item_are_promised_behind_each_other_and_behind_those_who_wait",),
    ),
    Bug(
        "An expired quote is honoured",
        "shared/backorders/quote.py",
        "if asked_at > given.expires_at:",
        "if asked_at < 0:",
        (f"{_QUOTES}::test_a_quote_that_does_not_hold_records_nothing_and_names_the_field",),
    ),
    Bug(
        "A large order that was cut off loses its quote when it goes on too late",
        "shared/backorders/record.py",
        "begun.recorded_at if begun else micros(now), read_quote",
        "micros(now), read_quote",
        (f"{_QUOTES}::test_a_large_order_cut_off_anywhere_keeps_its_quoted_dates_or_is_not_there",),
    ),
    Bug(
        "A quote is good for any lines",
        "shared/backorders/quote.py",
        "if self.lines != _digest(lines) or len(self.promises) != len(lines):",
        "if len(self.promises) != len(lines):",
        (f"{_QUOTES}::test_a_quote_that_does_not_hold_records_nothing_and_names_the_field",),
    ),
    Bug(
        "A simulation gives units away and keeps them",
        "shared/rehearsal/stage.py",
        "self.count(line.sku, free=-took,",
        "self.count(line.sku, free=0 * took,",
        (f"{_WHAT_IF}::test_what_is_simulated_is_what_happens_then",),
    ),
    Bug(
        "A simulation compares a line that only one side moved with itself",
        "shared/rehearsal/stage.py",
        "return self._lines.get(one) or self._known.line(one)",
        "return self._lines.get(one)",
        (f"{_WHAT_IF}::test_units_set_aside_for_a_cancelled_order_go_to_who_waits",),
    ),
    Bug(
        "A simulation dates only one of its two sides by today's clock",
        "shared/rehearsal/stage.py",
        'replace(shelf.supply.stock, dated="")',
        "shelf.supply.stock",
        (f"{_WHAT_IF}::test_what_only_the_clock_moves_is_no_difference",),
    ),
    Bug(
        "Cancelled allocated units do not become free again",
        "shared/aws/changing_store.py",
        '        free=-sum(move.deltas.get("allocated", 0) for move in group),\n',
        "",
        (f"{_ORDERS}::test_cancelled_allocated_units_go_to_the_next_at_once",),
    ),
    Bug(
        "Counters are changed by ADD instead of by a sum",
        "shared/aws/table.py",
        """\
        sets.append(f"{where} = if_not_exists({where}, {c.value(0)}) + {c.value(delta)}")
    for path, more in write.append.items():
        where = c.path(path)
        sets.append(f"{where} = list_append(if_not_exists({where}, {c.value([])}), {c.value(more)})")
    expression = "SET " + ", ".join(sets) if sets else ""
""",
        """\
        c.parts.append(f"{where} {c.value(delta)}")
    for path, more in write.append.items():
        where = c.path(path)
        sets.append(f"{where} = list_append(if_not_exists({where}, {c.value([])}), {c.value(more)})")
    expression = "SET " + ", ".join(sets) if sets else ""
    if c.parts:
        expression += " ADD #" + ", #".join(part[1:] for part in c.parts)
""",
        (_RULES,),
    ),
    Bug(
        "Whatever adds to a number is written without its condition (a bare ADD)",
        "shared/aws/table.py",
        '    out = _condition(write.when, write.values)\n    out["UpdateExpression"]',
        '    out = {} if write.plus else _condition(write.when, write.values)\n    out["UpdateExpression"]',
        (_RACES,),
    ),
    Bug(
        "Keys that a batch of reads left over count as absent",
        "shared/aws/table.py",
        'pending = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])',
        "pending = []",
        (_LEFT_OVER,),
    ),
    Bug(
        "Writes that a batch left over are forgotten",
        "shared/aws/table.py",
        'pending = answer.get("UnprocessedItems", {}).get(self.name, [])',
        "pending = []",
        (_LEFT_OVER,),
    ),
    Bug(
        "Only the first page of a query is read",
        "shared/aws/table.py",
        'if "LastEvaluatedKey" not in answer:',
        'if "Items" in answer:',
        (_LEFT_OVER,),
    ),
    Bug(
        "A table that does not answer is passed over (except: pass)",
        "shared/aws/table.py",
        '    except BotoCoreError as error:\n        raise Unavailable("the table did not answer", retry_after=2) from error',
        "    except BotoCoreError:\n        pass\n    return None",
        (_LEFT_OVER,),
    ),
    Bug(
        "Messages that a queue refused are forgotten",
        "shared/aws/queues.py",
        'entries = [entry for entry in entries if entry["Id"] in refused]',
        "entries = []",
        (_LEFT_OVER,),
    ),
    Bug(
        "A message without a deduplication id is sent again by the SDK",
        "shared/aws/queues.py",
        'client("sqs", attempts=1)',
        'client("sqs")',
        (_RETRIES,),
    ),
    Bug(
        "Events that the bus refused are forgotten",
        "shared/aws/bus.py",
        'if answer.get("FailedEntryCount"):',
        'if answer.get("FailedEntryCount", 0) > len(entries):',
        (_LEFT_OVER,),
    ),
    Bug(
        "Messages to FIFO queues are deduplicated by a token from uuid4",
        "functions/fan_out_changes/handler.py",
        "dedup=ids.token(work.cause, work.key), ",
        'dedup=__import__("uuid").uuid4().hex, ',
        (_RULES,),
    ),
    Bug(
        "Tokens are random instead of derived from their cause",
        "shared/kernel/ids.py",
        'return hashlib.sha256("\\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]',
        'return secrets.token_hex(16) if parts else ""',
        (f"{_SEEDS}::test_one_seed_is_one_trace_whatever_the_process",),
    ),
    Bug(
        "A repeated record of the stream publishes new ids",
        "functions/publish_events/handler.py",
        'f"{change.event_id}-{n}"',
        'f"{change.event_id}-{n}-{clock.micros(clock.now())}"',
        (_REPLAY,),
    ),
    Bug(
        "A cancelled place tells nobody behind it",
        "functions/fan_out_changes/routing.py",
        'if given_up and (change.rose("waiting") < 0 or change.rose("allocated") < 0):',
        "if False:",
        ("tests/flow/test_supply.py",),
    ),
    Bug(
        "A single unit that becomes free starts nothing (off by one)",
        "functions/fan_out_changes/routing.py",
        'supply = change.rose("free") > 0 or',
        'supply = change.rose("free") > 1 or',
        (f"{_ORDERS}::test_a_single_unit_that_nobody_ordered_goes_to_the_first_who_waits",),
    ),
    Bug(
        "A message that failed is acknowledged all the same",
        "shared/runtime/batches.py",
        "            _report(error, record)\n            raise\n",
        "            _report(error, record)\n",
        (_BATCHES,),
    ),
    Bug(
        "Of a group that failed only the last message comes again",
        "shared/runtime/batches.py",
        "failed += [record for record, _ in group]",
        "failed += [record for record, _ in group[-1:]]",
        (_BATCHES,),
    ),
    Bug(
        "A stream goes on behind a record that failed",
        "shared/runtime/batches.py",
        '            return {"batchItemFailures": [{"itemIdentifier": sequence}]}\n',
        "            continue\n",
        (_BATCHES,),
    ),
    Bug(
        "A request that failed keeps its key for itself",
        "shared/runtime/idempotency.py",
        "        answer = run()\n    except BaseException:\n        requests.give_up(claim)\n",
        "        answer = run()\n    except BaseException:\n",
        (_IMPORTS,),
    ),
    Bug(
        "A recall does not look at its Idempotency-Key",
        "functions/api/releases.py",
        "first = answer_once(call, partial(_recall, call, store))",
        "first = _recall(call, store)",
        (_KEYS,),
    ),
    Bug(
        "A key that was used for another simulation is good for this one",
        "shared/runtime/idempotency.py",
        "    replayed = _known(requests, claim) is not None\n    answer = run()",
        "    replayed = requests.known(claim.hash) is not None\n    answer = run()",
        (_KEYS,),
    ),
    Bug(
        "Two requests under one key are both carried out",
        "shared/aws/request_store.py",
        "self._table.write(Put(item, fresh=True))",
        "self._table.write(Put(item))",
        (_IMPORTS,),
    ),
    Bug(
        "A refused recording whose removal was cut off is in progress for an hour",
        "shared/backorders/record.py",
        'facts.existing.state == "discarding"',
        'facts.existing.state == "discarded"',
        (_DISCARDED,),
    ),
    Bug(
        "Who removes a refused recording removes the lines of one begun meanwhile",
        "shared/aws/discarding.py",
        "Check(_key_of(head), _DISCARDING, _discarding(head))",
        'Check(_key_of(head), "attribute_exists(pk)")',
        (_BEGUN_MEANWHILE,),
    ),
)
