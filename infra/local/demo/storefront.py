"""The storefront: hands the book's orders and cancellations to the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from infra.local.demo.agenda import Agenda
from infra.local.demo.book import BookLine, Cancellation, CancelledUnits, Order
from infra.local.demo.chance import fraction, happens
from infra.local.demo.countries import country_and_locale
from infra.local.demo.service import Json, RefusedError, Service, UnexpectedAnswerError
from shared.kernel.clock import iso
from shared.kernel.ids import digest

RULE = (
    "By the hash of the order: 15 % of those with up to 20 lines want everything in one parcel (hold), 30 % have paid "
    "in advance, 3 % need it within 10 days; by the hash of the customer: 5 % are gold, 10 % silver. The country "
    "decides the language.",
    "1 order in 50 is sent twice, as a shop does that did not get the answer.",
    "A line that the service refuses (backorder limit, discontinued) is ordered anew as its alternative; if that is "
    "refused too, it is left out.",
    "A cancellation takes back what is waiting or allocated; what is released or shipped by then comes back a week "
    "later as a return and is counted into the stock.",
)

_HOLD, _PREPAID, _NEED_BY, _REPEAT = 0.15, 0.30, 0.03, 0.02
PARCEL = 20  # lines that may have to wait for each other
_GOLD, _SILVER = 0.05, 0.15
_NEEDED_WITHIN = timedelta(days=10)
_RETURNED_AFTER = timedelta(days=7)
_REVISIONS = 4
_CONFLICT = 409


def order_body(order: Order, currency: str) -> Json:
    """The order as the service wants it."""
    country, locale = country_and_locale(order.country)
    customer = order.customer_id
    local_part = customer if customer.isascii() and customer.replace("-", "").isalnum() else digest(customer)
    body: Json = {
        "order_id": order.order_id,
        "placed_at": iso(order.at),
        "customer": {
            "id": customer,
            "email": f"{local_part.lower()}@customers.example",
            "name": f"Customer {customer}",
            "locale": locale,
            "country": country,
        },
        "priority": _priority(customer),
        "shipping": "hold" if len(order.lines) <= PARCEL and happens(_HOLD, "hold", order.order_id) else "split",
        "payment": {"mode": "prepaid" if happens(_PREPAID, "prepaid", order.order_id) else "deferred"},
        "currency": currency,
        "lines": [_line_body(line) for line in order.lines],
    }
    if happens(_NEED_BY, "need by", order.order_id):
        body["need_by"] = iso(order.at + _NEEDED_WITHIN)
    return body


def _line_body(line: BookLine) -> Json:
    return {"line_id": line.line_id, "sku": line.sku, "quantity": line.quantity, "unit_price": line.unit_price}


def _priority(customer: str) -> str:
    share = fraction("priority", customer)
    return "gold" if share < _GOLD else "silver" if share < _SILVER else "standard"


@dataclass
class Storefront:
    """Places orders, and remembers under which id the service recorded them."""

    service: Service
    currency: str
    alternatives: dict[str, str]
    agenda: Agenda
    recorded: dict[str, str] = field(default_factory=dict)
    fresh: list[str] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)

    def place(self, order: Order) -> None:
        """Record the order; where lines are refused, the order as its customer then wants it."""
        wanted = order
        for revision in range(1, _REVISIONS + 1):
            try:
                answer = self._post(wanted, f"order-{order.order_id}-{revision}")
            except RefusedError as refused:
                revised = self._revised(wanted, refused, offer=revision < _REVISIONS - 1)
                if revised is None or revision == _REVISIONS:
                    self.counts["orders refused"] += 1
                    self.refusals.append(f"order {order.order_id}: {refused}")
                    return
                wanted = revised
            else:
                self._remember(order.order_id, str(answer["backorder_id"]))
                return

    def _post(self, order: Order, key: str) -> Json:
        body = order_body(order, self.currency)
        answer: Json = self.service.post("/v1/backorders", body=body, key=key, scope="storefront").json()
        if happens(_REPEAT, "sent twice", order.order_id):
            again = self.service.post("/v1/backorders", body=body, key=key, scope="storefront").json()
            self.counts["orders sent twice"] += 1
            if again["backorder_id"] != answer["backorder_id"]:
                raise UnexpectedAnswerError(f"order {order.order_id} was recorded twice, as {answer} and {again}")
        return answer

    def _revised(self, order: Order, refused: RefusedError, *, offer: bool) -> Order | None:
        """The order without what was refused; None if nothing is left or the order itself was refused."""
        named = {int(pointer.split("/")[2]) for pointer in refused.pointers if pointer.startswith("/lines/")}
        if refused.status != _CONFLICT or not named:
            return None
        lines: list[BookLine] = []
        for n, line in enumerate(order.lines):
            if n not in named:
                lines.append(line)
            elif offer and line.sku in self.alternatives:
                lines.append(replace(line, sku=self.alternatives[line.sku]))
                self.counts["lines ordered as their alternative"] += 1
            else:
                self.counts["lines refused and left out"] += 1
        return replace(order, lines=tuple(lines)) if lines else None

    def _remember(self, order_id: str, backorder_id: str) -> None:
        self.recorded[order_id] = backorder_id
        self.fresh.append(backorder_id)
        self.open.add(backorder_id)

    def settled(self) -> Iterator[Json]:
        """The orders that were recorded since last asked, as they are now."""
        fresh, self.fresh = self.fresh, []
        for backorder_id in fresh:
            view = self.look(backorder_id)
            self.counts["units waiting when first settled"] += sum(
                line["quantities"]["waiting"] for line in view["lines"]
            )
            if finished(view):
                self.open.discard(backorder_id)
            yield view

    def look(self, backorder_id: str) -> Json:
        return self.service.get("/v1/backorders/{}", backorder_id, scope="storefront")

    def cancel(self, cancellation: Cancellation) -> None:
        """Take back what can be taken back; the rest comes back as a return."""
        by_order: dict[str, list[CancelledUnits]] = {}
        for part in cancellation.parts:  # lines of one order need not stand beside each other in a cancellation
            by_order.setdefault(part.order_id, []).append(part)
        for order_id, parts in by_order.items():
            backorder_id = self.recorded.get(order_id)
            if backorder_id is None:
                self.counts["cancelled units of orders not recorded"] += sum(part.units for part in parts)
                continue
            units = _per_line(parts)
            key = f"cancel-{cancellation.cancellation_id}-{order_id}"
            left = self._cancel(backorder_id, units, key)
            if left:
                self.agenda.add(self.service.now + _RETURNED_AFTER, self._returning(backorder_id, left, key))

    def _cancel(self, backorder_id: str, units: dict[str, int], key: str) -> dict[str, int]:
        """Units per line that could not be cancelled."""
        lines = [{"line_id": line_id, "quantity": n} for line_id, n in units.items()]
        body = {"lines": lines, "reason": "customer cancelled"}
        try:
            answer = self.service.post(
                "/v1/backorders/{}/cancel", backorder_id, body=body, key=key, scope="storefront"
            ).json()
        except RefusedError as refused:
            if refused.status != _CONFLICT:
                raise
            return units
        cancelled = Counter({line["line_id"]: line["quantity"] for line in answer["cancelled"]})
        self.counts["units cancelled as the book says"] += cancelled.total()
        return {line_id: n - cancelled[line_id] for line_id, n in units.items() if n > cancelled[line_id]}

    def _returning(self, backorder_id: str, units: dict[str, int], key: str) -> Callable[[], None]:
        def give_back() -> None:
            for line in self.look(backorder_id)["lines"]:
                back = min(units.get(line["line_id"], 0), line["quantities"]["shipped"])
                if back:
                    correction = f"return-{digest(key, line['line_id'])}"
                    body = {"correction_id": correction, "sku": line["sku"], "delta": back, "reason": "returned"}
                    self.service.post("/v1/stock-corrections", body=body, key=correction)
                    self.counts["units returned"] += back

        return give_back

    def any_open(self) -> bool:
        """Whether some order has units that are neither shipped nor cancelled, by whomever. One is enough: it looks,
        oldest first, until one is not finished, so `open` may still name some that are."""
        for backorder_id in sorted(self.open):
            if not finished(self.look(backorder_id)):
                return True
            self.open.discard(backorder_id)
        return False


def _per_line(parts: Iterable[CancelledUnits]) -> dict[str, int]:
    units: Counter[str] = Counter()
    for part in parts:
        units[part.line_id] += part.units
    return dict(units)


def finished(view: Json) -> bool:
    """Nothing of the order waits, is allocated or released."""
    return all(
        not (line["quantities"]["waiting"] or line["quantities"]["allocated"] or line["quantities"]["released"])
        for line in view["lines"]
    )
