"""The human side of the control endpoints: a front page and the mailbox."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from infra.local.world import World
from shared.kernel.clock import iso

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
a{color:#0b57d0} h1{font-size:1.4rem} h2{font-size:1.05rem;margin-top:2rem} table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #ddd;vertical-align:top} td.n{text-align:right}
button{font:inherit;margin:.15rem} pre{white-space:pre-wrap;background:#f6f6f6;padding:.6rem}
iframe{width:100%;height:24rem;border:1px solid #ddd}
@media (prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}a{color:#8ab4f8}pre{background:#2a2a2a}}
"""
_SCRIPT = """
for (const button of document.querySelectorAll('button[data-path]')) button.onclick = async () => {
  const answer = await fetch(button.dataset.path, {method: 'POST', body: button.dataset.body || '{}'});
  document.querySelector('#answer').textContent = JSON.stringify(await answer.json(), null, 1);
  if (answer.ok && button.dataset.path === '/_local/clock') setTimeout(() => location.reload(), 1500);
};
"""
_STEPS = (("one hour", "PT1H"), ("one day", "P1D"), ("one week", "P7D"))


def front_page(world: World) -> str:
    """Where things are, and buttons for the clock."""
    buttons = "".join(_button(f"Advance {name}", "clock", {"advance": span}) for name, span in _STEPS)
    buttons += _button("Settle", "settle", {}) + _button("Check invariants", "invariants", {})
    buttons += _button("Token for a storefront", "token", {"scopes": ["storefront"]})
    buttons += _button("Token for operations", "token", {"scopes": ["operations"]})
    links = "".join(
        f'<li><a href="{path}">{escape(text)}</a></li>'
        for path, text in (
            ("/_local/mailbox", "Mailbox"),
            ("/_local/dashboard", "Dashboards"),
            ("/_local/dead-letters", "Dead letters"),
            ("/_local/events", "Events on the bus"),
            ("/_local/logs", "Logs"),
            ("/_local/metrics", "Metrics"),
            ("/v1/openapi.json", "The API's description"),
        )
    )
    routes = "".join(f"<li><code>{escape(key)}</code></li>" for key in world.gateway.route_keys())
    due = world.timeline.next_due()
    body = (
        f"<p>It is <b>{iso(world.clock.now())}</b>. Next thing due: {iso(due) if due else 'nothing'}.</p>"
        f"<p>{buttons}</p><pre id=answer></pre><ul>{links}</ul><h2>Routes</h2><ul>{routes}</ul>"
    )
    return document("Backorders, running locally", body)


def mailbox_page(mails: list[dict[str, Any]]) -> str:
    """Every mail, newest first. A mail's HTML is shown without scripts."""
    shown = "".join(
        f"<h2>{escape(mail['subject'])}</h2><p>To {escape(mail['to'])}, {mail['sent_at']}, "
        f"{escape(str(mail['kind']))}, {escape(str(mail['locale']))}</p>{_content(mail)}"
        for mail in reversed(mails[-200:])
    )
    return document(f"Mailbox: {len(mails)} mails", shown or "<p>No mail yet.</p>")


def _content(mail: dict[str, Any]) -> str:
    if mail["html"]:
        return f'<iframe sandbox srcdoc="{escape(mail["html"], quote=True)}"></iframe>'
    return f"<pre>{escape(mail['text'] or '')}</pre>"


def _button(text: str, path: str, body: dict[str, Any]) -> str:
    return f"<button data-path=\"/_local/{path}\" data-body='{json.dumps(body)}'>{escape(text)}</button>"


def document(title: str, body: str) -> str:
    """A page of the control's own."""
    home = '<p><a href="/_local/">Local control</a></p>'
    return (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>{home}{body}"
        f"<script>{_SCRIPT}</script></html>"
    )
