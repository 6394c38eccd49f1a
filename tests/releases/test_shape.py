from __future__ import annotations

from tests.releases.shape import facets, fewest, kind_of, message_shape


def test_a_message_is_known_by_its_names_and_by_what_the_code_calls_it() -> None:
    body = '{"type": "line.allocated", "units": 3, "lines": [{"sku": "A"}, {"sku": "B"}]}'
    assert message_shape(body) == "{lines: [{sku: str}], type: line.allocated, units: int}"
    assert message_shape("no JSON") == "not JSON"


def test_an_item_without_a_kind_is_called_by_its_keys() -> None:
    item = {"pk": {"S": "REMEDIES#2026-01"}, "sk": {"S": "BUDGET"}}
    assert kind_of(item) == "REMEDIES/BUDGET"
    assert kind_of(item | {"kind": {"S": "budget"}}) == "budget"


def test_a_shop_shows_attributes_changes_messages_and_links() -> None:
    item = {"pk": {"S": "I#A"}, "sk": {"S": "STOCK"}, "kind": {"S": "stock"}, "day_739624": {"N": "2"}}
    shop = {
        "items": [item],
        "unread": [{"old": None, "new": item}, {"old": item, "new": None}],
        "messages": [{"queue": "tally-demand", "body": '{"sku": "A"}'}],
        "links": ["/b/token"],
    }
    found = set(facets(shop))
    assert ("item", "stock", "day_<n>", "N") in found
    assert {("change", "stock", "written"), ("change", "stock", "deleted")} <= found
    assert {("message", "tally-demand", "{sku: str}"), ("link", "b")} <= found


def test_the_fewest_shops_show_everything_and_none_is_superfluous() -> None:
    a, b, c = ("item", "a"), ("item", "b"), ("item", "c")
    small, other, large = frozenset({a}), frozenset({b, c}), frozenset({a, b})
    assert fewest([(small, 1), (large, 10), (other, 4)]) == [0, 2]
    assert fewest([(frozenset({a, b}), 2), (frozenset({b, c}), 3), (frozenset({a, c}), 3)]) == [0, 1]
    # The first is chosen for its size, and the two that come after it show all that it shows.
    assert fewest([(frozenset({a, b}), 2), (frozenset({a, c}), 2.1), (frozenset({b, ("item", "d")}), 2.1)]) == [1, 2]
