"""Names of the functions' environment variables, and the one place that reads them.

Read at every invocation, never at import: a function gets only the names it needs.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

TABLE_NAME = "TABLE_NAME"
TALLY_DEMAND_QUEUE_URL = "TALLY_DEMAND_QUEUE_URL"
ALLOCATE_STOCK_QUEUE_URL = "ALLOCATE_STOCK_QUEUE_URL"
RELEASE_ORDERS_QUEUE_URL = "RELEASE_ORDERS_QUEUE_URL"
SEND_PURCHASE_ORDERS_QUEUE_URL = "SEND_PURCHASE_ORDERS_QUEUE_URL"
NOTIFY_CUSTOMERS_QUEUE_URL = "NOTIFY_CUSTOMERS_QUEUE_URL"
NOTIFY_SUBSCRIBERS_QUEUE_URL = "NOTIFY_SUBSCRIBERS_QUEUE_URL"
DELIVER_WEBHOOKS_QUEUE_URL = "DELIVER_WEBHOOKS_QUEUE_URL"
EVENT_BUS_NAME = "EVENT_BUS_NAME"
MAIL_SENDER = "MAIL_SENDER"
MAIL_CONFIGURATION_SET = "MAIL_CONFIGURATION_SET"
SIGNING_SECRET_ARN = "SIGNING_SECRET_ARN"  # noqa: S105 - a name, not a secret
PUBLIC_URL = "PUBLIC_URL"
DEAD_LETTER_QUEUES = "DEAD_LETTER_QUEUES"  # URLs with blanks between: letters that came from a work queue
DEAD_LETTER_QUEUES_OF_SERVICES = "DEAD_LETTER_QUEUES_OF_SERVICES"  # written by a service itself
REDRIVE_FUNCTION_ARN = "REDRIVE_FUNCTION_ARN"
STAGE = "STAGE"

_NAMES = (
    TABLE_NAME,
    TALLY_DEMAND_QUEUE_URL,
    ALLOCATE_STOCK_QUEUE_URL,
    RELEASE_ORDERS_QUEUE_URL,
    SEND_PURCHASE_ORDERS_QUEUE_URL,
    NOTIFY_CUSTOMERS_QUEUE_URL,
    NOTIFY_SUBSCRIBERS_QUEUE_URL,
    DELIVER_WEBHOOKS_QUEUE_URL,
    EVENT_BUS_NAME,
    MAIL_SENDER,
    MAIL_CONFIGURATION_SET,
    SIGNING_SECRET_ARN,
    PUBLIC_URL,
    DEAD_LETTER_QUEUES,
    DEAD_LETTER_QUEUES_OF_SERVICES,
    REDRIVE_FUNCTION_ARN,
    STAGE,
    "AWS_REGION",
    "AWS_LAMBDA_FUNCTION_NAME",
)


@dataclass(frozen=True)
class Environment:
    """What this function was given. Hashable, so that wiring can be kept per environment."""

    values: tuple[tuple[str, str], ...]

    def __getitem__(self, name: str) -> str:
        """The value; KeyError names the variable the stack forgot to pass."""
        for key, value in self.values:
            if key == name:
                return value
        raise KeyError(f"environment variable {name} is not set for this function")


def read() -> Environment:
    """The environment of this invocation."""
    return Environment(tuple((name, os.environ[name]) for name in _NAMES if name in os.environ))
