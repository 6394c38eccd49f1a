"""Incidents in the shop itself: real handlers, the stack's topology, virtual time. What they and AWS's services tell
must be enough for the alarm to ring; and ten weeks in which nothing happens must be quiet."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from infra.local.engine import ServiceError
from infra.local.world import World
from shared.runtime.metric_names import METRICS, NAMESPACE, VALUES
from tests.flow.conftest import Shop
from tests.flow.test_audit import audit, tamper
from tests.flow.test_consent import deadline, delayed, until
from tests.flow.test_mail_outcomes import TAKES
from tests.incidents.scene import rang

pytestmark = pytest.mark.slow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        yield shop


def ringing(shop: Shop, since: timedelta) -> set[str]:
    """The alarms that began to ring in the last so long."""
    now = shop.world.clock.now()
    return set(rang(shop.world.output.metrics, now - since, now))


def test_a_poison_message_rings_once_it_is_given_up(shop: Shop) -> None:
    shop.world.send("record-backorders", "not an order")
    shop.world.advance(2 * HOUR)
    assert {"RecordBackordersDeadLetters", "Health"} <= ringing(shop, HOUR * 2)


def orders_of_ten_minutes(shop: Shop, *, every: int) -> None:
    """One comes from the queue each so many seconds."""
    for at in range(0, 600, every):
        body = json.dumps(shop.order_body(str(at), ("A", 1)))
        shop.world.send("record-backorders", body, DelaySeconds=at)


def of_recording(names: Iterable[str]) -> set[str]:
    """Those that tell of the function, not of the hours that nothing ran."""
    return {name for name in names if name.startswith("RecordBackorders")}


def test_a_poison_message_that_dies_alone_takes_no_release_back(shop: Shop) -> None:
    shop.item("A")
    shop.world.send("record-backorders", "not an order")
    orders_of_ten_minutes(shop, every=60)
    shop.world.advance(HOUR)
    assert shop.counted("RecordsFailed") == 5
    assert of_recording(ringing(shop, HOUR)) == {"RecordBackordersDeadLetters", "RecordBackordersWaiting"}


def test_a_release_whose_worker_fails_every_message_is_heard_of_before_its_canary_ends(shop: Shop) -> None:
    def refuse(caller: str | None, service: str, operation: str, _params: Any) -> None:
        if service == "dynamodb" and str(caller).endswith("-record-backorders"):
            raise ServiceError("AccessDeniedException", f"{operation} is not allowed", 400)

    shop.item("A")
    shop.world.engine.before.append(refuse)
    start = shop.world.clock.now()
    orders_of_ten_minutes(shop, every=10)
    shop.world.advance(timedelta(minutes=10))
    found = rang(shop.world.output.metrics, start, start + timedelta(minutes=10))
    assert of_recording(found) == {"RecordBackordersRecordsFail"}


def test_a_planner_that_does_not_run_is_missed_and_it_alone(shop: Shop) -> None:
    shop.world.advance(6 * HOUR)
    scheduler = shop.world.timeline.scheduler
    scheduler._due = [due for due in scheduler._due if "plan-purchase-orders" not in due.target["Arn"]]
    heapq.heapify(scheduler._due)
    shop.world.advance(8 * HOUR)
    missed = {name for name in ringing(shop, 7 * HOUR) if name.endswith("Missing")}
    assert missed == {"PlanPurchaseOrdersMissing"}


def test_a_mail_provider_that_does_not_answer_leaves_outcomes_unknown(shop: Shop) -> None:
    def down(_caller: Any, service: str, _operation: str, _params: Any) -> None:
        if service == "sesv2":
            raise ReadTimeoutError(endpoint_url="ses")

    shop.item("A")
    shop.world.engine.before.append(down)
    for n in range(40):
        shop.order(str(n), ("A", 1))
    shop.world.advance(2 * HOUR)
    assert {"MailUnknownOutcome", "MailTruthBurn", "Health"} <= ringing(shop, 2 * HOUR)


@pytest.mark.parametrize("reported", [True, False])
def test_a_mail_that_ses_did_not_answer_for_rings_only_where_no_report_comes(shop: Shop, reported: bool) -> None:
    """SES takes it, and its answer is lost; then it reports on it, or never does."""

    def lost(_caller: Any, service: str, *_: Any) -> None:
        if service == "sesv2":
            raise ReadTimeoutError(endpoint_url="ses")

    shop.item("A")
    shop.world.advance(timedelta(minutes=35))
    shop.world.engine.after.append(lost)
    customer = shop.order_body("1")["customer"] | ({"email": TAKES} if reported else {})
    shop.order("1", ("A", 1), customer=customer)
    shop.world.advance(timedelta(minutes=10))
    shop.world.engine.after.remove(lost)
    assert shop.counted("MailsUnanswered") == 1
    shop.world.advance(3 * HOUR)
    assert shop.counted("MailUnknownOutcome") == (not reported)
    assert ("MailUnknownOutcome" in ringing(shop, 3 * HOUR)) == (not reported)


def test_a_quota_of_mails_that_is_used_up_is_heard_of_within_hours_and_a_burst_is_not(shop: Shop) -> None:
    def full(_caller: Any, service: str, _operation: str, _params: Any) -> None:
        if service == "sesv2":
            raise ServiceError("TooManyRequestsException", "Daily message quota exceeded.", 429)

    shop.item("A")
    shop.world.advance(timedelta(minutes=20))
    shop.world.engine.before.append(full)
    for n in range(3):
        shop.order(str(n), ("A", 1))
    shop.world.advance(timedelta(minutes=20))
    assert shop.counted("MailsThrottled") >= 3
    assert "MailsThrottled" not in ringing(shop, HOUR)
    shop.world.advance(4 * HOUR)
    assert {"MailsThrottled"} == {name for name in ringing(shop, 4 * HOUR) if name.startswith("Mail")}


def test_a_stuck_stream_is_heard_of_before_it_forgets(shop: Shop) -> None:
    def refuse(caller: str | None, service: str, _operation: str, _params: Any) -> None:
        if service == "sqs" and str(caller).endswith("fan-out-changes"):
            raise ServiceError("InternalError", "not now", 500)

    shop.item("A")
    shop.world.engine.before.append(refuse)
    for n in range(30):
        shop.order(str(n), ("A", 1))
        shop.world.advance(timedelta(minutes=1))
    shop.world.advance(HOUR)
    assert {"FanOutChangesLag", "FanOutChangesErrors"} <= ringing(shop, 2 * HOUR)


def test_an_api_that_fails_burns_its_budget(shop: Shop) -> None:
    def fail(caller: str | None, service: str, operation: str, _params: Any) -> None:
        if service == "dynamodb" and str(caller).endswith("-api"):
            raise ServiceError("InternalServerError", f"{operation} failed", 500)

    shop.item("A")
    shop.world.engine.before.append(fail)
    for n in range(60):
        assert shop.call("s", "POST", "/v1/backorders", shop.order_body(str(n), ("A", 1))).status >= 500
        shop.world.advance(timedelta(seconds=30))
    found = ringing(shop, HOUR)
    assert {"ApiFailures", "ApiAvailabilityBurn", "TableErrors", "Health"} <= found


def test_counts_that_are_wrong_ring_after_the_second_look(shop: Shop) -> None:
    shop.item("A", free=3)
    shop.order("1", ("A", 5))
    shop.settle()
    tamper(shop, "A", waiting=5)
    audit(shop, walk=True)
    shop.world.advance(2 * HOUR)
    assert {"InvariantViolations", "ReconcileDrift", "Health"} <= ringing(shop, 3 * HOUR)


def test_a_consent_deadline_that_a_switch_lets_pass_rings(shop: Shop) -> None:
    shop.ok("o", "PUT", "/v1/settings", {"auto_cancel_enabled": False})
    delayed(shop, "US", 60)
    until(shop, deadline(shop) + 3 * HOUR)
    assert "ConsentDeadlineMissed" in ringing(shop, 4 * HOUR)


def test_a_silent_supplier_is_heard_of_as_customers_dates_pass(shop: Shop) -> None:
    shop.item("A")
    for day in range(7):
        for n in range(4):
            shop.order(f"{day}-{n}", ("A", 1))
        shop.days(1)
    shop.days(9)
    assert {"LinesPastPromiseGrow", "PromisesBroken", "PurchaseOrdersLate"} <= ringing(shop, 9 * DAY)


def test_units_that_were_promised_to_many_at_once_are_heard_of_the_day_after(shop: Shop) -> None:
    """Five lie on the shelf; 25 orders for five are dated before the queue has given them to the first."""
    shop.item("A", free=5)
    shop.settle()
    orders = [shop.order(str(n), ("A", 5)) for n in range(26)]
    assert {order["lines"][0]["first_promise"]["basis"] for order in orders} == {"stock"}
    shop.days(3)
    assert (shop.counted("PromisesOverdue"), shop.counted("PromisesKept")) == (25, 0)
    assert "PromisesBroken" in ringing(shop, 3 * DAY)


# -- ten weeks in which nothing happens -------------------------------------------------------------------------------


def week(shop: Shop, number: int) -> None:
    """Monday: orders, some of them from the shelf. The supplier confirms, delivers on his day, the parcels leave."""
    shop.order(f"{number}-1", ("A", 1))
    shop.order(f"{number}-2", ("B", 2), ("A", 1))
    shop.order(f"{number}-3", ("SHELF", 1))
    shop.days(1)
    orders = shop.ok("o", "GET", "/v1/purchase-orders?status=sent")["items"]
    promised = (shop.world.clock.now() + 2 * DAY).date().isoformat()
    for order in orders:
        lines = [{"sku": line["sku"], "status": "accepted", "date": promised} for line in order["lines"]]
        path = f"/v1/purchase-orders/{order['purchase_order_id']}/acknowledge"
        shop.ok("o", "POST", path, {"lines": lines})
    shop.days(2)
    for order in orders:
        lines = [{"sku": line["sku"], "quantity": line["ordered"]} for line in order["lines"]]
        named = {"supplier_id": "acme", "purchase_order_id": order["purchase_order_id"], "lines": lines}
        shop.ok("o", "POST", "/v1/receipts", {"receipt_id": f"r-{order['purchase_order_id']}", **named})
    shop.days(1)
    for n, release in enumerate(shop.ok("s", "GET", "/v1/releases?status=released")["items"]):
        path = f"/v1/releases/{release['release_id']}/ship"
        shop.ok("s", "POST", path, {"shipment_id": f"s-{number}-{n}"})
    shop.days(3)


@pytest.fixture(scope="module")
def calm() -> Iterator[Shop]:
    """The shop after eleven calm weeks; the first is for getting going."""
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        for sku in ("A", "B"):
            shop.item(sku)
        shop.item("SHELF", free=20)
        for number in range(11):
            week(shop, number)
        yield shop


def test_ten_calm_weeks_are_quiet(calm: Shop) -> None:
    end = calm.world.clock.now()
    assert calm.dead_letters() == []
    assert len(calm.mails()) > 60
    assert rang(calm.world.output.metrics, end - timedelta(weeks=10), end) == {}


def test_dimensions_are_those_of_the_list_and_series_are_few(calm: Shop) -> None:
    series = [one for one in calm.world.output.metrics.all_series() if one[0] == NAMESPACE]
    for _, name, dimensions in series:
        named = dict(dimensions)
        assert set(named) == set(METRICS[name].dimensions), name
        assert all(value in VALUES[by] for by, value in named.items() if by in VALUES)
    services = {name: {dict(one[2])["service"] for one in series if one[1] == name} for name in METRICS}
    most = sum(
        max(1, len(services[name])) * (len(VALUES[metric.by]) if metric.by else 1) for name, metric in METRICS.items()
    )
    assert len(series) <= most <= 300


RARE = {
    # by refusals, failures, complaints, switches, silence, and what a calm shop does not do
    "BackordersRefused", "UnitsCancelled", "UnitsTakenBack", "UnitsOver", "UnitsRejected", "ReceiptLinesUnplaced",
    "UnitsClosedShort", "ConsentCancelled", "MailsUnanswered", "MailUnknownOutcome", "MailsDelivered", "MailsDelayed", "MailsBounced",
    "MailComplaints", "MailsSuppressed", "WebhooksDelivered", "WebhooksFailed", "RecordsFailed", "RequestsFailed",
    "SkusLow", "SkusAtRisk", "PromisesBroken", "PromisesOverdue", "DatesBroken", "DatesWidened",
    "PromisesWidened", "UnitsRounded", "WritesContended",
    "PromisesRevised", "PromiseRevisions", "ConsentUntold", "LegalNoticesResent", "MailsTwice", "MailsThrottled", "WaitJoins", "WaitLeaves",
    "DelayToNotice",
}  # fmt: skip


def test_every_metric_comes_in_a_calm_run_or_is_known_to_be_rare(calm: Shop) -> None:
    told = {one[1] for one in calm.world.output.metrics.all_series() if one[0] == NAMESPACE}
    assert set(METRICS) - told - RARE == set()
    assert set(METRICS) >= RARE
