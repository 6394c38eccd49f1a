"""A customer clicks through the page behind the link of his own mail, with and without JavaScript."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from infra.local import control
from tests.browser import scenes
from tests.browser.chromium import PICTURES
from tests.flow.conftest import Shop

pytestmark = pytest.mark.slow

PHONE = {"width": 320, "height": 640}


class Visit:
    """A visitor's browser, which notes every request that leaves the service and every complaint of the page."""

    def __init__(self, browser: Browser, name: str, *, script: bool) -> None:
        self._name, self._shots = f"{name}-{'script' if script else 'no-script'}", 0
        self.context = browser.new_context(java_script_enabled=script, viewport=PHONE)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: set[str] = set()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("request", lambda request: self.asked.add(request.url.split("/")[2]))

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.picture()

    def press(self, button: str) -> str:
        """Press it, opening what it is folded into; the words with which the page answers."""
        found = self.page.get_by_role("button", name=button, include_hidden=True).first
        folded = self.page.locator("details", has=found)
        if folded.count():
            folded.first.locator("summary").click()
        found.click()
        self.picture()
        return self.page.get_by_role("status").inner_text()

    def picture(self) -> None:
        """What is seen now is kept."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self._shots += 1
        self.page.screenshot(path=PICTURES / f"{self._name}-{self._shots}.png", full_page=True)


CHOICES = {
    "wait": ("I want to keep waiting", "You keep your place in the queue.", {"waiting": 3}),
    "cancel": ("Cancel Copper lantern (A) now", "It is cancelled.", {"cancelled": 3}),
    "switch": ("Take Brass lantern instead", "The item has been exchanged.", {"switched": 3}),
    "hold": ("Send everything in one parcel", "Everything will be sent in one parcel.", {"waiting": 3}),
    "split": ("Send what is ready now", "Whatever is ready is sent at once; the rest follows.", {"waiting": 3}),
    "remedy": ("Free shipping", "Thank you. We have noted it for your order.", {"waiting": 3}),
}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("choice", CHOICES)
def test_one_click_decides_from_the_link_in_the_mail(browser: Browser, shop: Shop, choice: str, script: bool) -> None:
    button, answer, units = CHOICES[choice]
    order = scenes.order_with_a_question(shop, shipping="hold" if choice == "split" else "split")
    (address,) = scenes.links(scenes.mail(shop, "decision_needed"))
    visit = Visit(browser, choice, script=script)
    visit.open(address)
    assert answer in visit.press(button)
    shop.settle()
    assert shop.units(order) == units
    assert shop.read(order)["shipping"] == ("hold" if choice == "hold" else "split")
    if choice == "wait":
        assert shop.read(order)["consent"] == "given"
    assert visit.complaints == [], "the page asks for nothing that its policy forbids"
    assert visit.asked == {address.split("/")[2]}, "nothing is fetched from elsewhere"
    visit.context.close()


def test_a_reload_of_the_answer_does_nothing_twice(browser: Browser, shop: Shop) -> None:
    order = scenes.order_with_a_question(shop)
    (address,) = scenes.links(scenes.mail(shop, "decision_needed"))
    visit = Visit(browser, "reload", script=False)
    visit.open(address)
    visit.page.locator("input[name=quantity]").fill("2")
    visit.press("Change the quantity")
    visit.page.reload()
    shop.settle()
    assert shop.units(order) == {"waiting": 2, "cancelled": 1}
    visit.context.close()


def test_one_click_ends_a_subscription(browser: Browser, shop: Shop) -> None:
    scenes.order_with_a_question(shop)
    scenes.subscriber(shop)
    (address,) = scenes.links(scenes.mail(shop, "back_in_stock"))
    visit = Visit(browser, "unsubscribe", script=False)
    visit.open(address)
    assert "You will get no more mails of this kind" in visit.press("Stop these mails")
    visit.context.close()


def test_a_mail_scanner_that_opens_every_link_twice_changes_nothing(shop: Shop) -> None:
    scenes.order_with_a_question(shop)
    scenes.subscriber(shop)
    shop.days(1)
    mails = control.mails(shop.world)
    before = stored(shop)
    opened = [address for one in mails for address in scenes.links(one)]
    assert {address.split("/")[3] for address in opened} == {"b", "p", "u"}
    with httpx.Client(trust_env=False) as scanner:
        for address in opened:
            assert [scanner.get(address).status_code for _ in range(2)] == [200, 200]
            assert scanner.head(address).status_code in {200, 404, 405}
    shop.settle()
    assert stored(shop) == before
    assert len(control.mails(shop.world)) == len(mails)


def stored(shop: Shop) -> list[Any]:
    return sorted(map(str, shop.items_of_table()))
