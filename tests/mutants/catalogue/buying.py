"""Bugs in purchases and mails: what is ordered, when, and what is sent how often."""

from __future__ import annotations

from tests.mutants.bug import Bug

_FOLDER = "tests/unit/purchasing"
_PLAN = f"{_FOLDER}/test_plan.py"
_CONSOLIDATE = f"{_FOLDER}/test_consolidate.py"
_CHOOSE = f"{_FOLDER}/test_choose.py"
_WEIGH = f"{_FOLDER}/test_weigh.py"
_ELSEWHERE = f"{_FOLDER}/test_elsewhere.py"
_BUYING = "tests/flow/test_buying.py"
_DAYS = f"{_FOLDER}/test_order_days.py"
_SHRINKING = f"{_FOLDER}/test_shrinking.py"
_SEND = f"{_FOLDER}/test_send.py"
_NOTIFY = "tests/unit/notifications/test_notify.py"
_NOTICES = "tests/unit/notifications/test_notices_store.py"
_NEWS = "tests/unit/notifications/test_news.py"
_LEAD_TIMES_FLOW = "tests/flow/test_lead_times.py"

BUGS = (
    Bug(
        "A quantity is rounded down to whole packs",
        "shared/purchasing/consolidate.py",
        "packs = -(-max(need, moq) // pack_size)",
        "packs = max(need, moq) // pack_size",
        (_CONSOLIDATE,),
    ),
    Bug(
        "A quantity below the minimum is ordered",
        "shared/purchasing/consolidate.py",
        "packs = -(-max(need, moq) // pack_size)",
        "packs = -(-need // pack_size)",
        (_CONSOLIDATE,),
    ),
    Bug(
        "A basket worth exactly the minimum is held (off by one)",
        "shared/purchasing/consolidate.py",
        "basket_value(lines, supplier.currency) < Decimal(supplier.min_order_value)",
        "basket_value(lines, supplier.currency) <= Decimal(supplier.min_order_value)",
        (_CONSOLIDATE,),
    ),
    Bug(
        "What is on order already is ordered again",
        "shared/purchasing/consolidate.py",
        "self.stock.short - self.stock.on_order + (",
        "self.stock.short + (",
        (_PLAN,),
    ),
    Bug(
        "A plan commits although somebody else has ordered meanwhile",
        "shared/aws/planning_store.py",
        '_STILL_NEEDED = "#short >= :short AND #on_order <= :ordered"',
        '_STILL_NEEDED = "#short >= :short OR #on_order <= :ordered"',
        (_PLAN,),
    ),
    Bug(
        "Who begins to wait while the list of needs is tidied is taken off it",
        "shared/aws/planning_store.py",
        '_AS_SEEN = "#short = :short AND #on_order = :ordered"',
        '_AS_SEEN = "#short = :short OR #on_order = :ordered"',
        (_PLAN,),
    ),
    Bug(
        "An unsent order shrinks although its need has come back",
        "shared/aws/purchasing_store.py",
        '_STILL_TOO_MUCH = "#short <= :short AND #on_order >= :ordered"',
        '_STILL_TOO_MUCH = "#short <= :short OR #on_order >= :ordered"',
        (_PLAN,),
    ),
    Bug(
        "Order days are counted from Sunday (off by one)",
        "shared/purchasing/order_days.py",
        "day.weekday() in supplier.order_days",
        "day.isoweekday() % 7 in supplier.order_days",
        (_DAYS,),
    ),
    Bug(
        "An order day that ended with the last run is due once more",
        "shared/purchasing/order_days.py",
        "        if ends <= since:",
        "        if ends < since:",
        (_DAYS,),
    ),
    Bug(
        "A cut-off from before a supplier's day was an order day counts as missed",
        "shared/purchasing/order_days.py",
        "    return since is None or from_micros(since) < _hourly_run(ends)",
        "    return True",
        (f"{_FOLDER}/test_schedule.py",),
    ),
    Bug(
        "Every change of a supplier's card makes all of his order days new ones",
        "shared/catalog/put_suppliers.py",
        "known.get(day) if day in card.order_days else at)",
        "at)",
        (f"{_FOLDER}/test_schedule.py",),
    ),
    Bug(
        "A held basket is explained with a verdict of nobody knows when",
        "shared/purchasing/why.py",
        'return f"at the last look, on {looked}: {verdict.reason}; the next look is on {day}"',
        "return verdict.reason",
        (f"{_FOLDER}/test_why.py",),
    ),
    Bug(
        "A basket that has waited long enough is held one more time",
        "shared/purchasing/consolidate.py",
        "    if now < last_day(supplier, oldest):\n",
        "    if now <= last_day(supplier, oldest):\n",
        (_CONSOLIDATE, _PLAN),
    ),
    Bug(
        "The latest day of a held basket is told without asking whether it is an order day",
        "shared/purchasing/consolidate.py",
        "local_day(settings, last_order_time(supplier, settings, oldest))",
        "local_day(settings, last_day(supplier, oldest))",
        (_WEIGH,),
    ),
    Bug(
        "What a supplier will not deliver stays on order",
        "shared/purchasing/answers.py",
        "        return line.close()\n",
        "        return line\n",
        (f"{_FOLDER}/test_acknowledge.py",),
    ),
    Bug(
        "Who changes the quantity alone takes back the date of what he put off",
        "shared/purchasing/answers.py",
        "        later = _still_put_off(before, line.open)\n",
        "        later = None\n",
        (f"{_FOLDER}/test_acknowledge.py",),
    ),
    Bug(
        "A line keeps the date of units that are here when only what was put off still comes",
        "shared/purchasing/lines.py",
        "        return replace(self, dates=dates, due=dates.likely, firm=self.later.firm, later=None)",
        "        return replace(self, later=None)",
        (f"{_FOLDER}/test_acknowledge.py",),
    ),
    Bug(
        "A confirmed date is read by the merchant's clock, a day late from UTC+12 on",
        "shared/kernel/clock.py",
        "    return instant.date() if instant == noon(instant.date()) else ",
        "    return ",
        (f"{_FOLDER}/test_otif.py",),
    ),
    Bug(
        "A purchase order is mailed before its mail is claimed",
        "shared/purchasing/send.py",
        'replace(head.mail, state="sending", at=micros(now), claim=mine)',
        "replace(head.mail, at=micros(now), claim=mine)",
        (_SEND,),
    ),
    Bug(
        "A purchase order whose mail has an unknown fate is mailed again",
        "shared/purchasing/send.py",
        '    except MailUnknown:\n        return Sent("unknown", slot.kind)\n',
        "    except MailUnknown:\n        change_head(order.id, lambda head, _: _put_back(head, revision), book=book, pause=pause)\n"
        "        raise\n",
        (_SEND,),
    ),
    Bug(
        "A supplier is reminded once too often (off by one)",
        "shared/purchasing/chase.py",
        "len(again) < MOST_REMINDERS",
        "len(again) <= MOST_REMINDERS",
        (f"{_FOLDER}/test_chase.py",),
    ),
    Bug(
        "A supplier's silence is not chased before the goods are due",
        "shared/purchasing/chase.py",
        "since = order.next_due if order.late(now) else order.unanswered_since",
        "since = order.next_due if order.late(now) else None",
        (f"{_FOLDER}/test_chase.py",),
    ),
    Bug(
        "A customer's mail is sent before it is claimed",
        "shared/notifications/notify.py",
        "    notices.claim(key, told, after, notice, asked)\n",
        "    _send(key, mail, told, notice, None, notices, mailer)\n    notices.claim(key, told, after, notice, asked)\n",
        (_NOTIFY,),
    ),
    Bug(
        "A mail whose outcome nobody knows is given back as if refused",
        "shared/notifications/notify.py",
        '        notices.record_unknown(key, notice.revision, resend_at(notice))\n        return "unknown"\n',
        "        notices.record_refused(key, before, notice)\n        raise\n",
        (_NOTIFY,),
    ),
    Bug(
        "News that was refused by the mail service counts as told",
        "shared/notifications/notify.py",
        "        notices.record_refused(key, before, notice, unasked)\n",
        "",
        (_NOTIFY,),
    ),
    Bug(
        "A claim is written over a snapshot that somebody else has replaced",
        "shared/aws/notices_store.py",
        'return Put(item, when="#revision = :revision", values={"revision": revision})',
        "return Put(item)",
        (_NOTICES,),
    ),
    Bug(
        "A notice is written over another of the same revision",
        "shared/aws/notices_store.py",
        "Put(_notice_item(key, notice), fresh=True)",
        "Put(_notice_item(key, notice))",
        (_NOTICES,),
    ),
    Bug(
        "A move by exactly the threshold is news (off by one)",
        "shared/notifications/news.py",
        "enough = moved > settings.news_threshold_days * _DAY",
        "enough = moved >= settings.news_threshold_days * _DAY",
        (_NEWS,),
    ),
    Bug(
        "Units released and shipped since the last mail are told twice",
        "shared/notifications/news.py",
        "handed - max(before.handed, line.shipped)",
        "handed - before.handed",
        (_NEWS,),
    ),
    Bug(
        "A server error of the mail service counts as a refusal and is tried again",
        "shared/aws/mail.py",
        "    if 400 <= status < 500:",
        "    if 400 <= status < 600:",
        ("tests/unit/notifications/test_mailer.py", _NOTIFY),
    ),
    Bug(
        "A claim is given up while its sender may still be at work",
        "shared/notifications/settle.py",
        "SENDING = timedelta(minutes=10)",
        "SENDING = timedelta(seconds=10)",
        (_NOTIFY,),
    ),
    Bug(
        "What already lies there is forgotten when an order is topped up",
        "shared/purchasing/choose.py",
        "    most = int(pace * costs.top_up_days) - part.spare - excess",
        "    most = int(pace * costs.top_up_days) - excess",
        (_CHOOSE,),
    ),
    Bug(
        "A top-up may stay just below the minimum",
        "shared/purchasing/filling.py",
        "    return best[2] if best[1] >= wanted else None",
        "    return best[2]",
        (_CHOOSE,),
    ),
    Bug(
        "Lines whose units are on order already count as promises at risk",
        "shared/aws/prospects_store.py",
        "left = lines if more else _behind(lines, stock.short - stock.on_order)",
        "left = lines",
        (_WEIGH,),
    ),
    Bug(
        "What an order was topped up with is taken off it again",
        "shared/purchasing/excess.py",
        "    if topped_up > 0 and (",
        "    if topped_up < 0 and (",
        (_PLAN,),
    ),
    Bug(
        "A faster supplier gets an order at any price",
        "shared/purchasing/switching.py",
        "            cost = rest + option.cost + _price(there, option)",
        "            cost = rest + option.cost",
        (_ELSEWHERE,),
    ),
    Bug(
        "What another supplier does not bring is looked for among his own items",
        "shared/aws/purchasing_items.py",
        "keys.need(after.home or order.supplier_id)",
        "keys.need(order.supplier_id)",
        (_ELSEWHERE,),
    ),
    Bug(
        "A price break counts only beyond its quantity (off by one)",
        "shared/catalog/model.py",
        "if one.quantity <= quantity]",
        "if one.quantity < quantity]",
        (_ELSEWHERE,),
    ),
    Bug(
        "What we took off a sent order is closed short, so that an answer brings it back",
        "shared/purchasing/excess.py",
        "less = line.shrink(ordered, cost) if order.unsent else line.take_off(ordered, cost)",
        "less = line.shrink(ordered, cost) if order.unsent or kept else line.close()",
        (_SHRINKING,),
    ),
    Bug(
        "What a table says of the open units is read as what is delivered in all",
        "shared/purchasing/supplier_documents.py",
        "        quantity += row.received\n",
        "        pass\n",
        (f"{_FOLDER}/test_supplier_documents.py",),
    ),
    Bug(
        "A table that crosses another answer is taken",
        "shared/purchasing/supplier_documents.py",
        "row.seen != state_of(order, [line])]",
        "not row.seen]",
        (f"{_FOLDER}/test_supplier_documents.py",),
    ),
    Bug(
        "A sent order is amended after the supplier's window",
        "shared/purchasing/excess.py",
        "    return at < order.sent_at + supplier.amend_days * _DAY_MICROS",
        "    return supplier.amend_days > 0",
        (_PLAN,),
    ),
    Bug(
        "Units on their way are taken off the order",
        "shared/purchasing/excess.py",
        "units and not line.despatches:",
        "units:",
        (_PLAN,),
    ),
    Bug(
        "An amendment leaves less than the supplier takes an order for",
        "shared/purchasing/excess.py",
        "    return left and (Decimal(total(lines)) < least or",
        "    return left and (Decimal(total(lines)) < 0 or",
        (_BUYING,),
    ),
    Bug(
        "What a price break added is taken off again",
        "shared/purchasing/excess.py",
        "cheapest_quantity(line.open - surplus, as_ordered))",
        "max(0, line.open - surplus))",
        (_ELSEWHERE,),
    ),
    Bug(
        "An order that shrinks costs what the item's card says today",
        "shared/purchasing/excess.py",
        "item = line.as_ordered(card, card.bought_from(order.supplier_id))",
        "item = card.bought_from(order.supplier_id) or card",
        (_SHRINKING,),
    ),
    Bug(
        "A line forgets the price breaks it was ordered at",
        "shared/aws/purchasing_items.py",
        '    if line.prices:\n        item["prices"] = breaks_list(line.prices)\n',
        "",
        (_SHRINKING,),
    ),
    Bug(
        "Who waits is dated by another card of the supplier only the next day",
        "functions/fan_out_changes/routing.py",
        '    "supplier": _supplier,\n',
        "",
        (_LEAD_TIMES_FLOW,),
    ),
    Bug(
        "Another name of a supplier dates everybody anew",
        "functions/fan_out_changes/routing.py",
        "change.changed(*_DATES_FOLLOW)",
        'change.changed("version")',
        (_LEAD_TIMES_FLOW,),
    ),
    Bug(
        "A supplier's card has as much work as he has SKUs, however many",
        "shared/aws/stock_items.py",
        "page=most), most)",
        "page=most), None)",
        (_LEAD_TIMES_FLOW,),
    ),
)
