"""Every page by the rules of WCAG 2.2 AA that a program can check (axe-core), in every language, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser import scenes
from tests.browser.chromium import PICTURES
from tests.flow.conftest import Shop
from tests.unit.notifications.letters import LOCALES

pytestmark = pytest.mark.slow

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def every_page(shop: Shop, locale: str) -> dict[str, str]:
    """The address of each page, in its fullest state, in that language."""
    shop.supplier(locale=locale)
    scenes.order_with_a_question(shop, locale)
    scenes.subscriber(shop, locale)
    (customer,) = scenes.links(scenes.mail(shop, "decision_needed"))
    (supplier,) = scenes.links(scenes.mail(shop, "purchase_order"))
    (subscription,) = scenes.links(scenes.mail(shop, "back_in_stock"))
    root = customer.rpartition("/b/")[0]
    return {
        "customer": customer,
        "supplier": supplier,
        "subscription": subscription,
        "offers": f"{root}/backorders",
        "refused": f"{root}/b/nothing",
    }


def broken(page: Page) -> list[Any]:
    """What is wrong with the page as it is shown: rule, and the elements that break it."""
    found = Axe().run(page, options=RULES).response
    assert found["passes"], "no rule was applied"
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]


def too_wide(page: Page) -> list[Any]:
    """What makes the page scroll sideways (WCAG 1.4.10), if anything does."""
    return list(
        page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("*")]
            .filter(one => one.getBoundingClientRect().right > innerWidth).map(one => one.outerHTML.slice(0, 120))"""
        )
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_in_every_language(browser: Browser, shop: Shop, locale: str) -> None:
    context = browser.new_context(locale=locale, viewport={"width": 320, "height": 640})
    page = context.new_page()
    wrong: dict[str, Any] = {}
    for name, address in every_page(shop, locale).items():
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == locale
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        wrong[name] = broken(page)
        wrong[name] += too_wide(page)
        page.screenshot(path=PICTURES / f"page-{name}-{locale}.png", full_page=True)
    assert wrong == {name: [] for name in wrong}
    context.close()


def test_answers_to_forms_and_dark_pages(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(color_scheme="dark")
    page, pages = context.new_page(), every_page(shop, "en")
    wrong: dict[str, Any] = {}
    for name, address in pages.items():
        page.goto(address)
        wrong[f"dark {name}"] = broken(page)
    page.goto(pages["customer"])
    page.get_by_role("button", name="Free shipping").click()
    wrong["accepted"] = broken(page)
    page.goto(pages["supplier"])
    page.locator("select").first.select_option("changed")
    page.locator("input[name^=quantity]").first.fill("a few")
    page.get_by_role("button", name="Send the answer").click()
    assert page.get_by_role("alert").is_visible()
    wrong["mistakes"] = broken(page)
    page.goto(pages["subscription"])
    page.get_by_role("button", name="Stop these mails").click()
    wrong["unsubscribed"] = broken(page)
    assert wrong == {name: [] for name in wrong}
    context.close()


def test_a_page_that_breaks_the_rules_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html><body><img src='x'><button></button><p style='color:#aaa;background:#fff'>pale</p></body>")
    assert {"image-alt", "button-name", "color-contrast", "html-has-lang"} <= {rule for rule, _ in broken(page)}
    page.close()
