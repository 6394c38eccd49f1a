from __future__ import annotations

from datetime import date

import pytest

from infra.permissions import GRANTS
from infra.routes import ROUTES
from shared.costs.prices import REGION, price_table, prices
from shared.costs.steps import _OF_ROUTE, _OF_SERVICE, STEPS, step_of
from shared.runtime.metric_names import VALUES

REGIONS = ("us-east-1", "eu-west-1")


def test_every_price_says_where_it_comes_from_and_the_table_of_which_day_it_is() -> None:
    table = price_table()
    assert date.fromisoformat(table["as_of"])
    for row in (*table["consumed"].values(), *table["standing"].values()):
        for region in REGIONS:
            dollars, source = row[region]
            assert dollars > 0
            assert source in table["sources"]


@pytest.mark.parametrize(
    ("region", "dollars"),
    [("us-east-1", 0.625 + 2 * 0.125 + 1.0 + 3 * 0.1), ("eu-west-1", 0.705 + 2 * 0.1415 + 1.11 + 3 * 0.1)],
)
def test_a_consumption_costs_what_its_parts_cost(region: str, dollars: float) -> None:
    consumed = {"write_units": 1e6, "read_units": 2e6, "api_requests": 1e6, "mails": 3e3}
    assert prices(region).dollars(consumed) == pytest.approx(dollars)


def test_what_has_no_price_is_an_error_and_not_free() -> None:
    with pytest.raises(KeyError):
        prices(REGION).dollars({"pigeons": 1})


def test_a_region_that_is_not_in_the_table_has_the_prices_of_one_that_is() -> None:
    assert prices("ap-southeast-2").each == prices(REGION).each
    assert prices("ap-southeast-2").region == REGION
    assert prices("eu-west-1").region == "eu-west-1"


def test_steps_are_those_that_the_metric_knows_and_each_has_somebody_who_works_for_it() -> None:
    assert VALUES["step"] == STEPS
    assert {*_OF_ROUTE.values(), *_OF_SERVICE.values()} == set(STEPS)


def test_functions_and_routes_that_work_for_a_step_exist() -> None:
    assert set(_OF_ROUTE) <= {route.key for route in ROUTES}
    assert set(_OF_SERVICE) <= {name.replace("_", "-") for name in GRANTS}


def test_a_request_belongs_to_the_step_of_its_route_and_to_none_without_one() -> None:
    assert step_of("api", "POST /v1/receipts") == "receive"
    assert step_of("api", "GET /v1/backorders") is None
    assert step_of("fan-out-changes") is None
