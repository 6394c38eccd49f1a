"""The watch over stocked items and the table: histories, and the risk list in pages.

Sums of a history are kept in whole millionths. A list's pages are written under the time it was made; then the head
names it, if none has been named meanwhile. Pages that no head names, or no longer, expire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from shared.aws import keys
from shared.aws.catalog_items import item_from, supplier_from
from shared.aws.marshal import Item
from shared.aws.stock_items import stock_from
from shared.aws.table import ConditionLost, Put, Table
from shared.backorders.ports import Stale
from shared.catalog.model import Supplier
from shared.forecasting.history import History
from shared.forecasting.ports import RiskList, Watched
from shared.forecasting.rhythm import Rhythm
from shared.forecasting.risk import Risk

_MILLION = 1_000_000
_SUMS = ("busy", "sizes", "logs", "squares")
_AT_ONCE = 100
_PER_PAGE = 50
_KEPT_SECONDS = 8 * 24 * 3600


class TableWatch:
    """WatchStore over the table, and the list for those who read it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def last(self) -> RiskList | None:
        item = self._table.get(keys.RISKS)
        return _list_from(item) if item else None

    def watched(self) -> Iterator[Watched]:
        """Found through the index of what may need ordering, in which items with a reorder point always stand."""
        seen: set[str] = set()
        for card in list(self._table.query(keys.SUPPLIERS)):
            supplier = supplier_from(card)
            skus = [entry["gsi1sk"] for entry in self._table.query_index(keys.need(supplier.supplier_id))]
            for start in range(0, len(skus), _AT_ONCE):
                for one in self._together(skus[start : start + _AT_ONCE], supplier):
                    if one.item.sku not in seen:
                        seen.add(one.item.sku)
                        yield one

    def _together(self, skus: Sequence[str], supplier: Supplier) -> Iterator[Watched]:
        cards = self._table.get_many(keys.item(sku) for sku in skus).values()
        stocked = [one for one in map(item_from, cards) if one.reorder_point is not None]
        mine = [one for one in stocked if one.supplier_id == supplier.supplier_id]
        found = self._table.get_many(key for one in mine for key in (keys.stock(one.sku), keys.history(one.sku)))
        for one in mine:
            pk = keys.sku(one.sku)
            stock, history = found.get((pk, "STOCK")), found.get((pk, "HISTORY"))
            if stock is not None:
                yield Watched(one, stock_from(stock), supplier, _history_from(history) if history else None)

    def histories(self, skus: Iterable[str]) -> dict[str, History]:
        """What the past of these items tells, of those that have had a night."""
        wanted = {(key["pk"], key["sk"]): sku for sku in skus for key in (keys.history(sku),)}
        found = self._table.get_many({"pk": pk, "sk": sk} for pk, sk in wanted)
        return {wanted[place]: _history_from(item) for place, item in found.items()}

    def remember(self, sku: str, history: History, before: History | None) -> None:
        item: Item = {"kind": "history", **keys.history(sku), "since": history.since, "through": history.through}
        item |= {name: round(getattr(history, name) * _MILLION) for name in _SUMS}
        if before is None:
            write = Put(item, fresh=True)
        else:
            seen = {"through": before.through, "since": before.since}
            write = Put(item, when="#through = :through AND #since = :since", values=seen)
        try:
            self._table.write(write)
        except ConditionLost:
            raise Stale from None

    def publish(self, list_: RiskList, risks: Sequence[Risk], before: RiskList | None) -> None:
        expires = list_.made_at // _MILLION + _KEPT_SECONDS
        self._table.put_idempotent(
            {
                "kind": "risks",
                **keys.risk_page(list_.made_at, n),
                "risks": [asdict(risk) for risk in risks[start : start + _PER_PAGE]],
                "ttl": expires,
            }
            for n, start in enumerate(range(0, len(risks), _PER_PAGE))
        )
        head: Item = {"kind": "risk_list", **keys.RISKS, **asdict(list_)}
        if before is None:
            write = Put(head, fresh=True)
        else:
            write = Put(head, when="#made_at = :made_at", values={"made_at": before.made_at})
        try:
            self._table.write(write)
        except ConditionLost:
            raise Stale from None

    def risks(self, made_at: int, after: int, limit: int) -> list[Risk]:
        """Up to `limit` risks of a list behind the first `after`; none if the list has expired."""
        first, last = after // _PER_PAGE, (after + limit - 1) // _PER_PAGE
        wanted = [keys.risk_page(made_at, n) for n in range(first, last + 1)]
        found = self._table.get_many(wanted)
        pages = [found[key["pk"], key["sk"]]["risks"] for key in wanted if (key["pk"], key["sk"]) in found]
        risks = [Risk(**values) for page in pages for values in page]
        skipped = after - first * _PER_PAGE
        return risks[skipped : skipped + limit]


def _list_from(item: Item) -> RiskList:
    rhythm = Rhythm(tuple(item["rhythm"]["seen"]), tuple(item["rhythm"]["active"]))
    return RiskList(item["through"], item["made_at"], item["watched"], item["at_risk"], rhythm)


def _history_from(item: Item) -> History:
    return History(item["since"], item["through"], **{name: item[name] / _MILLION for name in _SUMS})
