"""Queue, one group per SKU -> one mail to each who asked to be told that the item is there again, oldest first."""

from __future__ import annotations

from typing import Any

from shared.aws.mail import Mailer
from shared.aws.notices_store import TableNotices
from shared.aws.queues import Message, send_all
from shared.aws.telling_store import TableShelf, TableTelling
from shared.kernel import clock, ids
from shared.runtime import environment, links, telemetry
from shared.runtime.batches import Body, run_grouped
from shared.runtime.container import container
from shared.subscriptions.tell import ASKED, Teller

_MAILS = 100  # of one invocation: at a second each it ends in time


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What one message does not come to, the next one does: it is sent before this one counts as done."""
    wired, now, share = container(), clock.now(), [_MAILS]
    teller = Teller(
        store=TableTelling(wired.table),
        shelf=TableShelf(wired.table),
        descriptions=TableNotices(wired.table),
        mailer=Mailer(
            wired.environment[environment.MAIL_SENDER], wired.environment[environment.MAIL_CONFIGURATION_SET]
        ),
        settings=wired.settings(),
        now=now,
        page_of=lambda id_: links.link(wired, "subscriber", id_, now),
    )

    def divide(skus: list[str]) -> None:
        share[0] = max(1, _MAILS // len(skus))

    def on_sku(sku: str, messages: list[Body]) -> None:
        asked = any(message["cause"].startswith(ASKED) for message in messages)
        told = teller.tell(sku, share[0], asked=asked)
        telemetry.count("MailsSent", told.sent, mail_kind="back_in_stock")
        telemetry.count("MailsSuppressed", told.suppressed)
        telemetry.count("MailsThrottled", told.throttled)
        telemetry.count("MailUnknownOutcome", told.unknown)
        telemetry.log("subscribers_told", sku=sku, count=told.sent)
        if told.more:
            cause, page = messages[-1]["cause"], messages[-1]["page"] + 1
            body = {"sku": sku, "cause": cause, "page": page}
            rest = Message(body, group=ids.digest(sku), dedup=ids.token(cause, str(page), sku))
            send_all(wired.environment[environment.NOTIFY_SUBSCRIBERS_QUEUE_URL], [rest])

    return run_grouped(event, "sku", on_sku, context, divide, cause=str, page=int)
