"""What each function may do, one row per function, in the order of the process.

A row gives the permission and the environment variable that goes with it, so that neither exists without the other.
What a function reads (its own queue or the stream) is granted where it is fed, not here. Transactions need no action
of their own: DynamoDB checks the action of each item in them.
"""

from __future__ import annotations

from dataclasses import dataclass

_GET = "dynamodb:GetItem"
_BATCH_GET = "dynamodb:BatchGetItem"
_QUERY = "dynamodb:Query"
_PUT = "dynamodb:PutItem"
_UPDATE = "dynamodb:UpdateItem"
_DELETE = "dynamodb:DeleteItem"
_BATCH_WRITE = "dynamodb:BatchWriteItem"
_SCAN = "dynamodb:Scan"
_CHECK = "dynamodb:ConditionCheckItem"

_MOVE_UNITS = (_GET, _BATCH_GET, _QUERY, _PUT, _UPDATE, _DELETE, _CHECK)
_EVERYTHING = (*_MOVE_UNITS, _BATCH_WRITE)
_MAIL = (_GET, _BATCH_GET, _QUERY, _PUT, _UPDATE)


@dataclass(frozen=True)
class Grants:
    """The rights of one function.

    `table` and `index` are DynamoDB actions on the table and on its index; `sends_to` names queues; the rest are one
    right each: put events on the bus, send mail, read the secret that signs
    links, cursors and quotes (and know where links lead), count the letters in every dead-letter queue, let SQS move
    those of a work queue back into it.
    """

    table: tuple[str, ...] = ()
    index: tuple[str, ...] = ()
    sends_to: tuple[str, ...] = ()
    publishes: bool = False
    mails: bool = False
    signs: bool = False
    counts_dead_letters: bool = False
    redrives: bool = False


GRANTS: dict[str, Grants] = {
    # Who asks what is known of a person, or to be forgotten, is found by walking the whole table.
    "api": Grants(table=(*_EVERYTHING, _SCAN), index=(_QUERY,), sends_to=("deliver-webhooks",), signs=True),
    "record_backorders": Grants(table=_EVERYTHING, signs=True),
    "fan_out_changes": Grants(
        table=(_GET, _QUERY),
        index=(_QUERY,),
        sends_to=(
            "tally-demand",
            "allocate-stock",
            "release-orders",
            "send-purchase-orders",
            "notify-customers",
            "notify-subscribers",
        ),
    ),
    "publish_events": Grants(table=(_GET,), publishes=True),
    "tally_demand": Grants(table=(_GET, _BATCH_GET, _QUERY, _UPDATE)),
    "plan_purchase_orders": Grants(table=_EVERYTHING, index=(_QUERY,)),
    "send_purchase_orders": Grants(table=_MAIL, mails=True, signs=True),
    "allocate_stock": Grants(table=_MOVE_UNITS),
    "release_orders": Grants(table=(*_MOVE_UNITS, _BATCH_WRITE)),
    "notify_customers": Grants(table=(*_MAIL, _CHECK), mails=True, signs=True),
    "notify_subscribers": Grants(
        table=_MAIL, index=(_QUERY,), sends_to=("notify-subscribers",), mails=True, signs=True
    ),
    "record_mail_outcomes": Grants(table=(_GET, _PUT, _UPDATE)),
    "deliver_webhooks": Grants(table=(_GET, _QUERY, _PUT), sends_to=("deliver-webhooks",)),
    "audit_books": Grants(table=(_GET, _BATCH_GET, _QUERY, _PUT, _UPDATE)),
    "chase_overdue": Grants(
        table=_EVERYTHING,
        index=(_QUERY,),
        sends_to=("tally-demand", "allocate-stock", "notify-customers", "notify-subscribers", "deliver-webhooks"),
    ),
    "show_widgets": Grants(table=(_GET, _BATCH_GET, _QUERY), index=(_QUERY,), counts_dead_letters=True),
    "redrive_dead_letters": Grants(table=(_BATCH_WRITE,), redrives=True),  # the trail of actions
}
