"""What the shapes of the events are built from."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from shared.contracts.common import Model

MAY_GROW = "x-extensible-enum"
"""Values there are now; readers have to expect others (a keyword of the Zalando RESTful API guidelines)."""


def now_one_of(*values: str) -> tuple[Any, Any]:
    """Of a text: ours is checked against the values there are now, the schema leaves their list open."""

    def known(value: str) -> str:
        if value not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return value

    return AfterValidator(known), Field(json_schema_extra={MAY_GROW: list(values)})


Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$", description="RFC 3339, in UTC")]
Units = Annotated[int, Field(ge=0, description="whole units")]
Money = Annotated[str, Field(pattern=r"^\d+(\.\d+)?$", description="decimal, in the currency of the order")]


class Data(Model):
    """What an event says."""


class OfOrder(Data):
    backorder_id: str
    order_id: str = Field(description="the storefront's own id")
    storefront: str


class Called(Data):
    """Events that had no word of these in their first releases: older ones in the archive lack them."""

    order_id: str | None = Field(None, description="the storefront's own id")
    storefront: str | None = None


class OfLine(Data):
    backorder_id: str
    line_id: str
    sku: str


class OrderedLine(Model):
    line_id: str
    sku: str
    quantity: Units


class HandedLine(Model):
    line_id: str
    sku: str
    units: Units


class ShippedLine(HandedLine):
    returned: Units = Field(description="units of the release that were not found and are allocated again")


class SwitchedLine(Model):
    """Units that were ordered under one line and are now under another, of the same order and at the same price."""

    from_line_id: str
    from_sku: str | None = Field(None, description="left out of a large order (recorded in `parts`)")
    line_id: str = Field(description="the line that was added")
    sku: str
    units: Units
    unit_price: Money
