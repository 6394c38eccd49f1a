"""Tell those who asked that an item is there again: oldest first, once each, and no more of them than can be served.

The rule: within 48 hours (a round) at most `subscriber_mails_per_unit` mails for each unit that is free and that no
waiting line needs. Those who asked longest have that time to themselves; then the next in line hear of what is left.
As with all mails, the claim comes before the mail, the mail is tried once, and what may have been sent is never sent
again: a worker that dies costs one mail of unknown outcome, not a mail twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.backorders.ports import Stale
from shared.kernel.clock import micros
from shared.kernel.errors import Contended
from shared.notifications.language import language
from shared.notifications.ports import Descriptions, Mail, Mailer, MailRefused, MailThrottled, MailUnknown
from shared.notifications.quiet import quiet_until
from shared.notifications.render import render
from shared.settings.model import MerchantSettings
from shared.subscriptions.model import Subscription, subscriber_id
from shared.subscriptions.rounds import Listener, Round, Shelf, Telling

KIND = "back_in_stock"
ASKED = "asked "
"""How the cause of a message begins that was sent because somebody has subscribed."""
LOOKED_FOR_AGAIN = timedelta(minutes=10)
"""After it whoever has subscribed stands in the index, whatever kept it back."""
_LOOKED_AT = 5
"""How many listeners are looked at for each mail that may be sent: most of them may be asleep."""


@dataclass
class Told:
    """What one run did, in mails. `more`: it stopped because it had done its share, not because it was through;
    `throttled`: because the provider takes no more for now."""

    sent: int = 0
    unknown: int = 0
    suppressed: int = 0
    throttled: int = 0
    more: bool = False


@dataclass(frozen=True)
class Teller:
    """Whoever tells: the stores, the mail, and `page_of`, the address of a subscription's page by its id."""

    store: Telling
    shelf: Shelf
    descriptions: Descriptions
    mailer: Mailer
    settings: MerchantSettings
    now: datetime
    page_of: Callable[[str], str]

    def tell(self, sku: str, at_most: int, *, asked: bool = False) -> Told:
        """At most so many mails about one item. Run it as often as you like. `asked`: because somebody has subscribed;
        whom the index does not show yet is looked for once more.

        Raises MailRefused if not one mail was accepted, Contended if others tell of the same item; both are worth a
        retry.
        """
        run = _Run(self, sku, self.shelf.spare(sku))
        run.go(at_most, asked)
        return run.told


class _Run:
    def __init__(self, teller: Teller, sku: str, spare: int) -> None:
        self._of, self._sku, self.told = teller, sku, Told()
        self._round = teller.store.round(sku)
        self._stored_due = self._round.due
        self._most = spare * teller.settings.subscriber_mails_per_unit
        self._asleep = 0
        self._due: int | None = None
        if micros(teller.now) >= self._round.ends:
            self._round = replace(self._round, began=micros(teller.now), mails=0)

    def go(self, at_most: int, asked: bool) -> None:
        """One after the other, until the units, the mails or the listeners are used up."""
        listeners = self._of.store.listeners(self._sku, at_most * _LOOKED_AT) if self._most else ()
        for listener in listeners:
            if not self._wants(listener):
                continue
            if self._is_full():
                break
            if self._sleeps(listener.subscription):
                continue
            if self.told.sent + self.told.unknown == at_most:
                self.told.more = True
                break
            if not self._mail(listener.subscription):
                break
        if asked and self._round.mails + self._asleep < self._most:
            self._put_off(micros(self._of.now + LOOKED_FOR_AGAIN))
        if not self.told.more and self._due != self._stored_due:
            self._of.store.note_due(self._sku, self._round, self._due)

    def _wants(self, listener: Listener) -> bool:
        """Whether he is still to be told; if not, it is over."""
        subscription, at = listener.subscription, micros(self._of.now)
        if subscription.lapsed(self._of.now) or listener.has_left:
            self._of.store.close(subscription, "ended", at)
            return False
        if listener.closed:
            self.told.suppressed += self._of.store.close(subscription, "suppressed", at)
            return False
        return True

    def _is_full(self) -> bool:
        """Whether nobody more may be told now; then also until when."""
        if not self._of.settings.mail_enabled:
            self._due = micros(self._of.now)
            return True
        if self._round.mails + self._asleep >= self._most:
            self._put_off(self._round.ends)
            return True
        return False

    def _sleeps(self, subscription: Subscription) -> bool:
        """Who is not to be disturbed keeps his place, and the unit that he would hear of."""
        until = quiet_until({KIND}, subscription.country, self._of.settings, self._of.now)
        if until is None:
            return False
        self._asleep += 1
        self._put_off(micros(until))
        return True

    def _put_off(self, until: int) -> None:
        self._due = until if self._due is None else min(self._due, until)

    def _mail(self, subscription: Subscription) -> bool:
        """Claim, send once, record; whether to go on with the next."""
        mail, at = self._letter(subscription), micros(self._of.now)
        before, claimed = self._round, self._next(1)
        try:
            self._of.store.claim(subscription, before, claimed, at)
        except Stale as stale:
            raise Contended("somebody else tells of this item, or it has just ended", retry_after=5) from stale
        self._round = claimed
        state: Literal["sent", "unknown"] = "sent"
        try:
            self._of.mailer.send(mail)
        except MailRefused as refused:
            self._round = self._next(-1)
            self._of.store.give_back(subscription, claimed, self._round, at)
            if isinstance(refused, MailThrottled):
                self.told.throttled += 1
                self._put_off(at)
                return False
            if not self.told.sent:
                raise
            self.told.more = True
            return False
        except MailUnknown:
            state = "unknown"
        self._of.store.close(subscription, state, at)
        self.told.sent += state == "sent"
        self.told.unknown += state == "unknown"
        return True

    def _next(self, mails: int) -> Round:
        return replace(self._round, mails=self._round.mails + mails, version=self._round.version + 1)

    def _letter(self, subscription: Subscription) -> Mail:
        of, words = self._of, language(subscription.locale)
        page = of.page_of(subscriber_id(subscription.sku, subscription.email))
        name = of.descriptions.describe([subscription.sku]).get(subscription.sku, "").strip()
        facts = {"item": name or subscription.sku, "contact": of.settings.contact, "link": page}
        subject, text, html = render(KIND, words.locale, facts)
        return Mail(
            to=subscription.email,
            kind=KIND,
            locale=words.locale,
            subject=subject,
            text=text,
            html=html,
            reply_to=of.settings.reply_to or of.settings.contact.email,
            from_name=of.settings.contact.shop_name,
            # RFC 8058: both, and the address answers a POST without asking anything more.
            headers={"List-Unsubscribe": f"<{page}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )
