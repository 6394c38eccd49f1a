"""Which IAM actions on which resources an AWS request needs.

Transactions need no action of their own: each item in them needs the action of its kind. A query of an index needs
the index's ARN, batches need their own actions, and SES asks for the configuration set beside the identity.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from email.utils import parseaddr
from typing import Any, NamedTuple

from infra.local.template import TemplateError

Params = dict[str, Any]


class Need(NamedTuple):
    """One action on one resource, with the condition keys of the call."""

    action: str
    resource: str
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()


_TRANSACT_ACTIONS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
_SINGLE_TABLE = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "DescribeTable"})
_SQS_ACTIONS = {
    "SendMessage": "sqs:SendMessage",
    "SendMessageBatch": "sqs:SendMessage",
    "ReceiveMessage": "sqs:ReceiveMessage",
    "DeleteMessage": "sqs:DeleteMessage",
    "DeleteMessageBatch": "sqs:DeleteMessage",
    "ChangeMessageVisibility": "sqs:ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "GetQueueAttributes": "sqs:GetQueueAttributes",
    "GetQueueUrl": "sqs:GetQueueUrl",
    "PurgeQueue": "sqs:PurgeQueue",
}


_MOVE_ACTIONS = ("StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


class NeededActions:
    """Needs of the requests of one account and region; `identities` are the verified SES senders."""

    def __init__(self, account: str, region: str, identities: Collection[str]) -> None:
        self._account = account
        self._region = region
        self._identities = frozenset(identities)
        self._services: dict[str, Callable[[str, Params], Iterable[Need]]] = {
            "dynamodb": self._dynamodb,
            "sqs": self._sqs,
            "sesv2": self._ses,
            "events": self._events,
            "secretsmanager": self._secrets,
        }

    def of(self, service: str, operation: str, params: Params) -> list[Need]:
        """What the request needs, without repeats. Raises TemplateError for a request nobody described here."""
        if service not in self._services:
            raise TemplateError(f"no IAM actions known for {service} {operation}")
        return list(dict.fromkeys(self._services[service](operation, params)))

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self._region}:{self._account}:{resource}"

    # -- DynamoDB -----------------------------------------------------------------------------------------------

    def _table(self, name: str) -> str:
        return name if name.startswith("arn:") else self._arn("dynamodb", f"table/{name}")

    def _dynamodb(self, operation: str, params: Params) -> Iterable[Need]:
        if operation in _SINGLE_TABLE:
            table, index = self._table(params["TableName"]), params.get("IndexName")
            yield Need(f"dynamodb:{operation}", f"{table}/index/{index}" if index else table)
        elif operation in ("BatchGetItem", "BatchWriteItem"):
            for name in params["RequestItems"]:
                yield Need(f"dynamodb:{operation}", self._table(name))
        elif operation == "TransactGetItems":
            for item in params["TransactItems"]:
                yield Need("dynamodb:GetItem", self._table(item["Get"]["TableName"]))
        elif operation == "TransactWriteItems":
            for item in params["TransactItems"]:
                ((kind, request),) = item.items()
                yield Need(_TRANSACT_ACTIONS[kind], self._table(request["TableName"]))
        else:
            raise TemplateError(f"no IAM actions known for dynamodb {operation}")

    # -- the other services -------------------------------------------------------------------------------------

    def _sqs(self, operation: str, params: Params) -> Iterable[Need]:
        if operation == "StartMessageMoveTask":
            yield from (Need(f"sqs:{action}", params["SourceArn"]) for action in _MOVE_ACTIONS)
            if "DestinationArn" in params:  # without it, where a letter goes to is written on the letter
                yield Need("sqs:SendMessage", params["DestinationArn"])
            return
        name = params["QueueUrl"].rsplit("/", 1)[-1] if "QueueUrl" in params else params["QueueName"]
        if operation not in _SQS_ACTIONS:
            raise TemplateError(f"no IAM actions known for sqs {operation}")
        yield Need(_SQS_ACTIONS[operation], self._arn("sqs", name))

    def _ses(self, operation: str, params: Params) -> Iterable[Need]:
        if operation != "SendEmail":
            raise TemplateError(f"no IAM actions known for sesv2 {operation}")
        sender = parseaddr(params.get("FromEmailAddress", ""))[1]
        destination = params.get("Destination", {})
        recipients = [a for addresses in destination.values() for a in addresses]
        context = (("ses:FromAddress", (sender,)), ("ses:Recipients", tuple(recipients)))
        yield Need("ses:SendEmail", self._arn("ses", f"identity/{self._identity(sender)}"), context)
        if "ConfigurationSetName" in params:
            name = params["ConfigurationSetName"]
            yield Need("ses:SendEmail", self._arn("ses", f"configuration-set/{name}"), context)

    def _identity(self, sender: str) -> str:
        """The verified identity that lets `sender` send: the address, its domain, or a domain above."""
        domain = sender.rpartition("@")[2]
        labels = domain.split(".")
        candidates = [sender, *(".".join(labels[n:]) for n in range(len(labels)))]
        return next((name for name in candidates if name in self._identities), domain)

    def _events(self, operation: str, params: Params) -> Iterable[Need]:
        if operation != "PutEvents":
            raise TemplateError(f"no IAM actions known for events {operation}")
        for entry in params["Entries"]:
            bus = entry.get("EventBusName", "default")
            arn = bus if bus.startswith("arn:") else self._arn("events", f"event-bus/{bus}")
            context = (("events:source", (entry["Source"],)), ("events:detail-type", (entry["DetailType"],)))
            yield Need("events:PutEvents", arn, context)

    def _secrets(self, operation: str, params: Params) -> Iterable[Need]:
        secret = params["SecretId"]
        resource = secret if secret.startswith("arn:") else self._arn("secretsmanager", f"secret:{secret}-??????")
        yield Need(f"secretsmanager:{operation}", resource)
