"""What is an order line in an Online Retail file, and what is not: every rule once, with the sentence to print."""

from __future__ import annotations

from decimal import Decimal

SKIP_RULES: dict[str, str] = {
    "malformed": "row that cannot be read (columns, quantity, price, date, number or code)",
    "beyond_limit": "row of an invoice beyond the limit asked for",
    "bad_debt": "invoice A...: bookkeeping of a bad debt, nobody ordered anything",
    "not_a_product": "POST, DOT, M, C2, D, S, BANK CHARGES, ... : postage, fees, discounts, vouchers, not goods",
    "duplicate": "row that repeats another of the same invoice in every column",
    "zero_quantity": "quantity 0",
    "positive_in_cancellation": "positive quantity in a cancellation",
    "write_off": "negative quantity outside a cancellation: goods written off",
    "negative_price": "price below 0",
    "stock_adjustment": "price 0 and no customer: goods found or moved, nobody ordered them",
    "cancellation_unmatched": "cancellation row of which no unit was ordered before by this customer in this file",
}

REMARK_RULES: dict[str, str] = {
    "orders_of_guests": "orders without CustomerID: each is a guest of its own",
    "lines_free_of_charge": "lines at price 0 with a customer: ordered at unit_price 0.00",
    "lines_repeating_a_sku": "lines of a SKU that their order already has: kept as separate lines",
    "lines_without_description": "lines without description",
    "skus_differing_by_case": "SKUs that differ from another only by letter case: kept apart, SKUs are case-sensitive",
    "skus_with_several_descriptions": "SKUs with several descriptions: the first one is used",
    "cancelled_units_matched": "units of cancellations found in earlier orders (same customer and SKU, newest first)",
    "cancelled_units_unmatched": "units of cancellations not found in earlier orders: bought before the file begins,"
    " or by nobody known",
    "invoices_without_order": "invoices of which no line was left",
}

_NOT_PRODUCTS = frozenset(
    {
        "POST", "DOT", "M", "C2", "C3", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS",
        "ADJUST", "ADJUST2",
    }
)  # fmt: skip
_NOT_PRODUCT_PREFIXES = ("GIFT_", "TEST0")


def is_product(code: str) -> bool:
    """False for the codes of postage, fees, discounts, manual entries and vouchers; upper or lower case."""
    upper = code.upper()
    return upper not in _NOT_PRODUCTS and not upper.startswith(_NOT_PRODUCT_PREFIXES)


def is_cancellation(invoice: str) -> bool:
    return invoice[:1] in "Cc"


def reason_to_skip(invoice: str, code: str, quantity: int, price: Decimal, customer: str) -> str | None:
    """The first rule of SKIP_RULES that takes this readable row out; None for a line of an order or cancellation."""
    cancelling = is_cancellation(invoice)
    reasons = (
        ("bad_debt", invoice[:1] in "Aa"),
        ("not_a_product", not is_product(code)),
        ("zero_quantity", quantity == 0),
        ("positive_in_cancellation", cancelling and quantity > 0),
        ("write_off", not cancelling and quantity < 0),
        ("negative_price", price < 0),
        ("stock_adjustment", not cancelling and price == 0 and not customer),
    )
    return next((reason for reason, holds in reasons if holds), None)
