"""The world settles, lets time pass, and does both the same way every time."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from infra.local.clock import Clock
from infra.local.engine import transport
from shared.kernel import clock as kernel_clock
from shared.kernel.clock import iso
from tests.local import handlers


def test_every_request_is_one_microsecond_later(world):
    began = world.clock.now()
    seen = []
    handlers.scripts["front"] = lambda _event, _context: seen.append(kernel_clock.now() - began)
    world.http("GET", "/any")
    world.http("GET", "/any")
    assert seen == [timedelta(microseconds=1), timedelta(microseconds=2)]


def test_asynchronous_work_waits_for_settle(world):
    world.send("work", "a")
    world.http("GET", "/any")
    assert handlers.events_of("worker") == []
    world.settle()
    assert handlers.bodies_of("worker") == [["a"]]


def test_a_quiet_world_settles_without_moving_the_clock(world):
    began = world.clock.now()
    progress = world.settle()
    assert progress.now == began
    assert set(progress.counts.values()) == {0}


def test_settle_waits_for_a_delayed_message(world):
    world.send("work", "a", DelaySeconds=600)
    assert world.settle().moved == timedelta(minutes=10)
    assert handlers.bodies_of("worker") == [["a"]]


def test_settle_moves_the_clock_by_at_most_fifteen_minutes(world):
    def again(event, context):
        world.send("work", "again", DelaySeconds=400)

    handlers.scripts["worker"] = again
    world.send("work", "first")
    progress = world.settle()
    assert progress.moved == timedelta(seconds=800)
    assert len(handlers.events_of("worker")) == 3
    assert world.settle().moved == timedelta(seconds=800)


def test_work_exactly_at_the_limit_is_done_and_beyond_it_is_left(world):
    world.send("work", "at the limit", DelaySeconds=900)
    assert world.settle().moved == timedelta(minutes=15)
    world.send("work", "first")
    handlers.scripts["worker"] = lambda event, _context: {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]
    }
    for _ in range(3):
        world.send("work", "x", DelaySeconds=900)
    assert world.settle().moved <= timedelta(minutes=15)


def test_settle_does_not_wait_for_a_schedule(world):
    world.clock.advance_to(world.clock.now() + timedelta(minutes=29))
    world.settle()
    assert handlers.calls == []
    assert iso(world.clock.now()) == "2026-01-05T09:29:00Z"


def test_settle_does_not_move_at_all_for_work_beyond_its_limit(stack, make_world):
    stack["Resources"]["WorkQueue"]["Properties"]["VisibilityTimeout"] = 3600
    world = make_world(stack)
    world.clock.advance_to(world.clock.now() + timedelta(minutes=20))
    handlers.scripts["worker"] = lambda event, _context: {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]
    }
    world.send("work", "a")
    progress = world.settle()
    assert (progress.moved, progress.counts["schedules"]) == (timedelta(0), 0)


def test_a_schedule_on_the_way_of_settle_runs_in_its_turn(world):
    world.clock.advance_to(world.clock.now() + timedelta(minutes=29))
    world.send("work", "a", DelaySeconds=120)
    order = []
    for name in ("worker", "hourly"):
        handlers.scripts[name] = lambda _event, context: order.append((context.function_name, iso(world.clock.now())))
    world.settle()
    assert order == [("hourly", "2026-01-05T09:30:00Z"), ("worker", "2026-01-05T09:31:00Z")]


def test_advance_fires_what_falls_due_in_order_of_time(world):
    order = []

    def note(event, context):
        order.append((context.function_name, iso(world.clock.now())[11:16]))

    for name in ("worker", "hourly"):
        handlers.scripts[name] = note
    world.send("work", "a", DelaySeconds=900)
    world.clock.advance_to(world.clock.now() + timedelta(minutes=10))
    progress = world.advance(timedelta(hours=1))
    assert order == [("worker", "09:15"), ("hourly", "09:30")]
    assert progress.moved == timedelta(hours=1)


def test_advance_settles_at_its_end(world):
    world.send("work", "a", DelaySeconds=120)
    progress = world.advance(timedelta(minutes=1))
    assert progress.moved == timedelta(minutes=2)
    assert handlers.bodies_of("worker") == [["a"]]


def test_a_run_that_is_due_exactly_at_the_end_is_made_once(world):
    world.advance(timedelta(minutes=30))
    world.advance(timedelta(minutes=30))
    assert len(handlers.events_of("hourly")) == 1


def test_time_does_not_run_backwards(world):
    with pytest.raises(ValueError, match="backwards"):
        world.advance(timedelta(seconds=-1))


def test_work_that_makes_work_for_the_same_instant_for_ever_is_stopped(world, monkeypatch):
    monkeypatch.setattr("infra.local.timeline._RUNAWAY", 50)
    handlers.scripts["worker"] = lambda _event, _context: world.send("work", "again") and None
    world.send("work", "first")
    with pytest.raises(RuntimeError, match="does not end"):
        world.settle()


def test_two_runs_are_the_same(stack, make_world):
    histories = []
    for _ in range(2):
        handlers.reset()
        world = make_world(stack)
        failed = set()

        def script(event, context, failed=failed):
            first = [r["messageId"] for r in event["Records"] if r["messageId"] not in failed]
            failed.update(first)
            return {"batchItemFailures": [{"itemIdentifier": i} for i in first]}

        handlers.scripts["worker"] = script
        for n in range(25):
            world.send("work", str(n), DelaySeconds=n % 3)
            world.http("PUT", f"/any?n={n}")
        world.advance(timedelta(hours=3))
        histories.append((list(handlers.calls), world.ledger.totals(), world.clock.now()))
    assert histories[0] == histories[1]


def test_a_week_passes_within_seconds(world):
    began = time.monotonic()
    progress = world.advance(timedelta(days=7))
    assert progress.counts["schedules"] == 168
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("direct", [True, False])
def test_invocations_follow_one_another(world, direct):
    inside, overlaps = [], []

    def script(event, context):
        overlaps.append(len(inside))
        inside.append(1)
        time.sleep(0.002)
        inside.pop()

    handlers.scripts["front"] = script
    front = world.lambdas.find("front")
    target, args = (world.lambdas.invoke, (front, None)) if direct else (world.http, ("GET", "/any"))
    threads = [threading.Thread(target=target, args=args) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [0] * 8


def test_the_world_that_is_entered_is_the_one_the_service_lives_in(stack, make_world):
    first, second = make_world(stack), make_world(stack)
    assert transport.installed() is second.engine
    second.clock.advance_to(second.clock.now() + timedelta(days=1))
    seen = []
    handlers.scripts["front"] = lambda _event, _context: seen.append(iso(kernel_clock.now())[:10])
    first.http("GET", "/any")
    second.http("GET", "/any")
    assert seen == ["2026-01-05", "2026-01-06"]


def test_closing_gives_everything_back(stack, make_world):
    world = make_world(stack)
    world.close()
    assert transport.installed() is None
    assert kernel_clock.now() > world.clock.now()


def test_a_running_world_works_by_itself_when_stepped(stack, make_world):
    world = make_world(stack, Clock(runs=True))
    world.send("work", "a")
    assert world.step()
    while world.step():
        pass
    assert handlers.bodies_of("worker") == [["a"]]
