"""The button on the dashboard, pressed as CloudWatch would: the widget names a function and what to give it."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from infra.local.world import World
from tests.flow.conftest import Shop
from tests.operator.test_dead_letters_tool import broken, poisoned
from tests.unit.pages.markup import Page

pytestmark = pytest.mark.slow


def shown(world: World, **parameters: Any) -> Page:
    outcome = world.lambdas.invoke(world.lambdas.find("backorders-show-widgets"), parameters)
    assert outcome.error is None
    return Page(outcome.value)


def test_letters_go_back_to_work_when_the_button_is_pressed(dying_shop: Shop) -> None:
    hook = broken(dying_shop.world, "tally-demand")
    poisoned(dying_shop, '{"sku": "A"}', '{"sku": "B"}')
    action = shown(dying_shop.world, widget="dead-letters").one("cwdb-action")
    assert "about 2 letters of tally-demand-dead" in action.attributes["confirmation"]
    dying_shop.world.engine.before.remove(hook)
    called = dying_shop.world.lambdas.find(action.attributes["endpoint"])
    forms = {"all": {"reason": " tally was\n repaired "}}
    asked = json.loads(unescape(action.text)) | {"widgetContext": {"forms": forms}}
    outcome = dying_shop.world.lambdas.invoke(called, asked)
    assert "About 2 letters of tally-demand-dead" in outcome.value
    dying_shop.settle()
    assert dying_shop.dead_letters() == []
    (noted,) = dying_shop.ok("o", "GET", "/v1/actions")["items"]
    assert (noted["actor"], noted["action"], noted["about"]) == ("dashboard", "redrive", "tally-demand-dead")
    assert (noted["reason"], noted["detail"]) == ("tally was repaired", {"letters": 2})
    assert shown(dying_shop.world, widget="dead-letters").all("cwdb-action") == []


def test_what_could_not_be_noted_does_not_move(dying_shop: Shop) -> None:
    hook = broken(dying_shop.world, "tally-demand")
    poisoned(dying_shop, '{"sku": "A"}')
    dying_shop.world.engine.before.remove(hook)

    def refuse(caller: str | None, service: str, *_: object) -> None:
        if (caller or dying_shop.world.lambdas.running) == "backorders-redrive-dead-letters" and service == "dynamodb":
            raise ConnectionError("no way to the trail")

    dying_shop.world.engine.before.append(refuse)
    called = dying_shop.world.lambdas.find("backorders-redrive-dead-letters")
    outcome = dying_shop.world.lambdas.invoke(called, {"queue": "tally-demand-dead"})
    dying_shop.world.engine.before.remove(refuse)
    assert outcome.error is not None
    dying_shop.settle()
    assert len(dying_shop.dead_letters()) == 1


def test_what_the_widgets_read_changes_nothing(dying_shop: Shop) -> None:
    dying_shop.order("1", ("A", 3))
    dying_shop.settle()
    before = sorted(json.dumps(item, sort_keys=True) for item in dying_shop.items_of_table())
    for widget in ("oldest-lines", "late-suppliers", "risks", "dead-letters"):
        shown(dying_shop.world, widget=widget)
    assert sorted(json.dumps(item, sort_keys=True) for item in dying_shop.items_of_table()) == before
