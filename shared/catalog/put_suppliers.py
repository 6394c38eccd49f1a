"""Describe suppliers: create their cards or replace them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.catalog.model import Supplier
from shared.catalog.ports import CardChangedError, CatalogStore
from shared.catalog.put import TRIES, Outcome, Written, decide
from shared.kernel.errors import Contended


def put_supplier(supplier: Supplier, *, expected: int | None, catalog: CatalogStore) -> Written[Supplier]:
    """Make `supplier` the card of its id."""
    return put_suppliers([supplier], expected=expected, catalog=catalog)[0]


def put_suppliers(
    suppliers: Sequence[Supplier], *, expected: int | None = None, catalog: CatalogStore
) -> list[Written[Supplier]]:
    """The same for WRITE_LIMIT suppliers at most: all or none of them, each id once."""
    for _ in range(TRIES):
        cards = catalog.suppliers(one.supplier_id for one in suppliers)
        written = [decide(one, cards.get(one.supplier_id), expected) for one in suppliers]
        written = [_with_facts(one, cards.get(one.card.supplier_id)) for one in written]
        changed = [one.card for one in written if one.outcome is not Outcome.UNCHANGED]
        try:
            if changed:
                catalog.write_suppliers(changed)
        except CardChangedError:
            continue
        return written
    raise Contended("others are changing the same suppliers; please try again", retry_after=1)


def _with_facts(written: Written[Supplier], card: Supplier | None) -> Written[Supplier]:
    """What a supplier did, and what is held for him, stays, whatever clients say of him. What is noted meanwhile comes
    back the next day."""
    if card is None:
        return written
    return replace(written, card=replace(written.card, learned=card.learned, held_until=card.held_until))
