"""Describe suppliers: create their cards or replace them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.catalog.model import Supplier
from shared.catalog.ports import CardChangedError, CatalogStore
from shared.catalog.put import TRIES, Outcome, Written, decide
from shared.kernel.clock import micros
from shared.kernel.errors import Contended


def put_supplier(
    supplier: Supplier, *, expected: int | None, catalog: CatalogStore, now: datetime
) -> Written[Supplier]:
    """Make `supplier` the card of its id."""
    return put_suppliers([supplier], expected=expected, catalog=catalog, now=now)[0]


def put_suppliers(
    suppliers: Sequence[Supplier], *, expected: int | None = None, catalog: CatalogStore, now: datetime
) -> list[Written[Supplier]]:
    """The same for WRITE_LIMIT suppliers at most: all or none of them, each id once."""
    for _ in range(TRIES):
        cards = catalog.suppliers(one.supplier_id for one in suppliers)
        written = [decide(one, cards.get(one.supplier_id), expected) for one in suppliers]
        written = [_with_facts(one, cards.get(one.card.supplier_id), micros(now)) for one in written]
        changed = [one.card for one in written if one.outcome is not Outcome.UNCHANGED]
        try:
            if changed:
                catalog.write_suppliers(changed)
        except CardChangedError:
            continue
        return written
    raise Contended("others are changing the same suppliers; please try again", retry_after=1)


def _with_facts(written: Written[Supplier], card: Supplier | None, at: int) -> Written[Supplier]:
    """What a supplier did, what is held for him and since when each of his order days is one stays, whatever clients
    say of him. What is noted meanwhile comes back the next day."""
    if card is None:
        days = tuple((day, at) for day in written.card.order_days)
        return replace(written, card=replace(written.card, order_days_since=days))
    known = dict(card.order_days_since)
    began = [(day, known.get(day) if day in card.order_days else at) for day in written.card.order_days]
    days = tuple((day, when) for day, when in began if when is not None)
    facts = replace(written.card, learned=card.learned, held_until=card.held_until, order_days_since=days)
    return replace(written, card=facts)
