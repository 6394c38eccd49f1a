"""The metrics of the local world: kept minute by minute, told by functions and by AWS's services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infra.local.engine import ServiceError
from infra.local.metric_store import MetricStore, aligned, series_of
from infra.local.statistic import Statistic
from tests.local import handlers

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ORDERS = series_of("Shop", "Orders", {"service": "front"})
AGE = series_of("AWS/SQS", "Age", {"QueueName": "work"})


def stored(*minutes_and_values: tuple[float, float]) -> MetricStore:
    store = MetricStore()
    for minutes, value in minutes_and_values:
        store.record("Shop", "Orders", {"service": "front"}, value, "Count", START + minutes * MINUTE)
    return store


def test_values_stand_in_the_minute_they_came_in():
    store = stored((0, 1), (0.9, 2), (1, 4), (7, 8))
    sums = store.points(ORDERS, "Sum", MINUTE, START, START + 8 * MINUTE)
    assert sums == {START: 3, START + MINUTE: 4, START + 7 * MINUTE: 8}
    assert store.points(ORDERS, "Maximum", 5 * MINUTE, START, START + 10 * MINUTE) == {START: 4, START + 5 * MINUTE: 8}


def test_a_value_that_comes_late_stands_where_it_belongs():
    store = stored((5, 1), (0, 2))
    assert store.points(ORDERS, "Sum", MINUTE, START, START + 6 * MINUTE) == {START: 2, START + 5 * MINUTE: 1}


def test_statistics_say_what_cloudwatch_says():
    statistic = Statistic()
    for value in range(1, 101):
        statistic.add(value)
    wanted = {"Sum": 5050, "Average": 50.5, "Minimum": 1, "Maximum": 100, "SampleCount": 100, "p50": 50, "p99": 99}
    wanted |= {"p99.9": 100, "PR(:40)": 40, "PR(40:)": 60, "PR(10:20)": 10}
    assert {name: statistic.value(name) for name in wanted} == wanted
    with pytest.raises(ValueError, match="TM"):
        statistic.value("TM(10%:90%)")


def test_a_level_holds_until_it_changes_and_is_sampled_at_the_end_of_each_minute():
    store = MetricStore()
    for minutes, level in ((0, 3), (1.5, 7), (1.6, 5), (4, 0)):
        store.hold("AWS/SQS", "Age", {"QueueName": "work"}, level, "Count", START + minutes * MINUTE)
    samples = store.points(AGE, "Average", MINUTE, START, START + 6 * MINUTE)
    assert list(samples.values()) == [3, 5, 5, 5, 0, 0]


def test_an_age_grows_by_itself():
    store = MetricStore()
    store.hold_age("AWS/SQS", "Age", {"QueueName": "work"}, START, START)
    store.hold_age("AWS/SQS", "Age", {"QueueName": "work"}, None, START + 150 * timedelta(seconds=1))
    assert list(store.points(AGE, "Maximum", MINUTE, START, START + 4 * MINUTE).values()) == [60, 120, 0, 0]


def test_it_can_be_told_that_nothing_happened():
    store = stored((3, 1))
    assert store.changed(ORDERS, START + 3 * MINUTE, START + 4 * MINUTE)
    assert not store.changed(ORDERS, START + 4 * MINUTE, START + 9 * MINUTE)
    store.hold("AWS/SQS", "Age", {"QueueName": "work"}, 1, "Count", START)
    assert not store.changed(AGE, START + MINUTE, START + 9 * MINUTE)
    store.hold_age("AWS/SQS", "Age", {"QueueName": "work"}, START, START + MINUTE)
    assert store.changed(AGE, START + 5 * MINUTE, START + 9 * MINUTE)


def test_the_next_change_is_known_without_looking_at_every_minute():
    store = stored((3, 1), (9, 1))
    assert store.next_change(ORDERS, START) == START + 3 * MINUTE
    assert store.next_change(ORDERS, START + 4 * MINUTE) == START + 9 * MINUTE
    assert store.next_change(ORDERS, START + 10 * MINUTE) is None
    store.hold_age("AWS/SQS", "Age", {"QueueName": "work"}, START, START)
    assert store.next_change(AGE, START + 10 * MINUTE) == START + 10 * MINUTE


def test_series_are_found_by_the_names_of_their_dimensions():
    store = stored((0, 1))
    store.record("Shop", "Orders", {"service": "front", "channel": "web"}, 1, "Count", START)
    assert store.find("Shop", "Orders", frozenset({"service"})) == [ORDERS]


def test_periods_begin_at_whole_multiples():
    assert aligned(START + 7.5 * MINUTE, 5 * MINUTE) == START + 5 * MINUTE


def levels(world, name, queue):
    series = series_of("AWS/SQS", name, {"QueueName": queue})
    return list(world.output.metrics.points(series, "Maximum", MINUTE, START, world.clock.now()).values())


def test_queues_tell_how_many_wait_and_for_how_long(stack, make_world):
    world = make_world(stack)
    handlers.scripts["worker"] = failing
    world.send("work", "poison")
    world.advance(timedelta(minutes=30))
    assert max(levels(world, "ApproximateAgeOfOldestMessage", "work")) > 60
    assert levels(world, "ApproximateNumberOfMessagesVisible", "work-dead")[-1] == 1
    assert levels(world, "ApproximateNumberOfMessagesVisible", "work")[-1] == 0


def failing(_event, _context):
    raise RuntimeError("no")


def test_mappings_tell_what_they_hand_over(stack, make_world):
    world = make_world(stack)
    for n in range(3):
        world.send("work", str(n))
    world.settle()
    polled = {s[2]: t.sum for s, t in world.output.metrics.totals.items() if s[1] == "PolledEventCount"}
    assert list(polled.values()) == [3]


def test_streams_tell_how_far_behind_their_reader_is(stack, make_world):
    world = make_world(stack)
    (name,) = world.engine.dynamodb._tables
    world.engine.execute("dynamodb", "PutItem", {"TableName": name, "Item": {"pk": {"S": "a"}, "sk": {"S": "-"}}})
    world.advance(timedelta(minutes=2))
    ages = [t for s, t in world.output.metrics.totals.items() if s[1] == "IteratorAge"]
    assert sum(age.count for age in ages) >= 1


def test_the_gateway_tells_how_it_answered(stack, make_world):
    world = make_world(stack)
    world.http("GET", "/any")
    handlers.scripts["front"] = failing
    world.http("GET", "/any")
    by_name = {s[1]: t for s, t in world.output.metrics.totals.items() if s[0] == "AWS/ApiGateway"}
    assert {name: by_name[name].sum for name in ("Count", "4xx", "5xx")} == {"Count": 2, "4xx": 0, "5xx": 1}
    assert by_name["Latency"].count == 2


def test_a_table_tells_what_it_refuses_also_when_a_fault_refuses_it(stack, make_world):
    world = make_world(stack)
    (name,) = world.engine.dynamodb._tables

    def refuse(_caller, _service, _operation, _params):
        raise ServiceError("ProvisionedThroughputExceededException", "slow down")

    world.engine.before.append(refuse)
    with pytest.raises(ServiceError):
        world.engine.request("dynamodb", "PutItem", {"TableName": name, "Item": {}})
    told = {s[1]: t.sum for s, t in world.output.metrics.totals.items() if s[0] == "AWS/DynamoDB"}
    assert told == {"WriteThrottleEvents": 1}
