"""Thousands of orders in the table at once: composed by the use case itself, written past the service's doors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from shared.aws import keys
from shared.aws.backorder_items import head_item, line_item
from shared.aws.catalog_items import item_card, supplier_card
from shared.aws.marking import mark
from shared.aws.marshal import Item, item_to_wire
from shared.aws.stock_items import new_stock
from shared.backorders.model import Backorder, Customer, Line
from shared.backorders.ports import Demand, Facts
from shared.backorders.record import RecordBackorder, WantedLine, record_backorder
from shared.catalog.model import Item as Card
from shared.catalog.model import Supplier
from shared.inventory.model import Stock
from shared.kernel import cause, ids
from shared.settings.model import MerchantSettings
from tests.bench.shop import Shop

CUSTOMER = Customer("c-1042", "astrid.lindqvist@example.com", "Astrid Lindqvist", "sv", "SE")
_PER_CALL = 25
_REQUEST = "seeded-request-000000000001="


def suppliers(count: int) -> list[Supplier]:
    """Suppliers without a minimum, who take orders on working days."""
    return [
        Supplier(f"supplier-{n}", f"Supplier {n}", f"orders-{n}@supplier.example", country="SE") for n in range(count)
    ]


def cards(count: int, of: list[Supplier], pack_size: int = 6) -> list[Card]:
    """Items, handed round to the suppliers."""
    return [
        Card(
            f"SKU-{n:05d}",
            of[n % len(of)].supplier_id,
            description=f"Article number {n}",
            moq=pack_size,
            pack_size=pack_size,
            unit_cost="12.50",
        )
        for n in range(count)
    ]


class Seed:
    """A RecordingStore that keeps what it is given until `plant`."""

    def __init__(self, items: list[Card], of: list[Supplier]) -> None:
        self._items = {item.sku: item for item in items}
        self._suppliers = {one.supplier_id: one for one in of}
        self._stocks = {item.sku: Stock(item.sku) for item in items}
        self._orders: list[Item] = []
        self._settings = MerchantSettings()

    def facts(self, key: str, skus: Iterable[str]) -> Facts:
        """As if the order were new."""
        del key
        wanted = list(skus)
        return Facts(
            existing=None,
            items={sku: self._items[sku] for sku in wanted},
            stocks={sku: self._stocks[sku] for sku in wanted},
            suppliers=self._suppliers,
            settings=self._settings,
        )

    def discard(self, key: str) -> None:
        """Nothing is ever refused here."""

    def record(self, order: Backorder, lines: list[Line], counted: list[Demand]) -> None:
        """Counted at once, whatever the use case says: the tally is not what is measured."""
        del counted
        self._orders.append(head_item(order, order.lines))
        self._orders += [line_item(line) for line in lines]
        self._orders.append({"kind": "entry", **keys.directory_entry(keys.open_orders(), order.id)})
        for line in lines:
            stock = self._stocks[line.sku]
            counted_to = max(stock.counted_to, line.rank + 1)
            self._stocks[line.sku] = replace(stock, waiting=stock.waiting + line.waiting, counted_to=counted_to)

    def order(self, n: int, at: datetime, *lines: tuple[str, int]) -> None:
        """The n-th order of the storefront."""
        wanted = tuple(WantedLine(str(i), sku, quantity, "19.90") for i, (sku, quantity) in enumerate(lines))
        command = RecordBackorder(
            storefront="local-shop",
            order_id=f"order-{n:06d}",
            request_key=f"seed-{n}",
            digest=ids.digest(str(n)),
            customer=CUSTOMER,
            shipping="split",
            payment={"mode": "deferred"},
            currency="EUR",
            lines=wanted,
            trace=_REQUEST,
        )
        record_backorder(command, store=self, now=at, told=at)

    @property
    def skus(self) -> list[str]:
        """Every SKU there is."""
        return list(self._items)

    def waiting(self, sku: str) -> int:
        """Units that wait for a SKU."""
        return self._stocks[sku].waiting

    def plant(self, shop: Shop) -> None:
        """Write everything."""
        items = [*map(supplier_card, self._suppliers.values()), *self._catalogue(), *self._orders]
        cause.begin(_REQUEST)
        items = [item | mark(item) for item in items]
        cause.begin(None)
        engine, table = shop.world.engine, shop.table_name
        for start in range(0, len(items), _PER_CALL):
            puts = [{"PutRequest": {"Item": item_to_wire(item)}} for item in items[start : start + _PER_CALL]]
            engine.execute("dynamodb", "BatchWriteItem", {"RequestItems": {table: puts}})

    def _catalogue(self) -> Iterator[Item]:
        for sku, card in self._items.items():
            yield item_card(card)
            yield {"kind": "entry", **keys.item_entry(sku)}
            waiting, counted_to = self._stocks[sku].waiting, self._stocks[sku].counted_to
            stock = new_stock(sku).item | {"waiting": waiting, "short": waiting, "counted_to": counted_to}
            if waiting:
                stock |= {"gsi1pk": keys.need(card.supplier_id), "gsi1sk": sku}
            yield stock


def queue_up(seed: Seed, count: int, skus: list[str], until: datetime) -> list[tuple[str, int]]:
    """`count` one-line orders, one a second, the last a quarter of an hour before `until`: (sku, units) in order."""
    wanted = [(skus[n % len(skus)], 1 + n % 5) for n in range(count)]
    first = until - timedelta(minutes=15, seconds=count)
    for n, line in enumerate(wanted):
        seed.order(n, first + timedelta(seconds=n), line)
    return wanted


def queue_up_together(seed: Seed, orders: int, lines: int, until: datetime) -> None:
    """`orders` orders of `lines` lines each, one a second, over all SKUs in turn, the last as `queue_up`'s."""
    skus = seed.skus
    first = until - timedelta(minutes=15, seconds=orders)
    for n in range(orders):
        wanted = [(skus[(n * lines + k) % len(skus)], 1 + (n + k) % 5) for k in range(lines)]
        seed.order(n, first + timedelta(seconds=n), *wanted)
