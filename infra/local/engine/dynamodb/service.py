"""The operations of DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from infra.local.engine.caller import current_caller
from infra.local.engine.dynamodb import batches, queries, writes
from infra.local.engine.dynamodb.capacity import Charge
from infra.local.engine.dynamodb.description import describe
from infra.local.engine.dynamodb.errors import ValidationError, table_not_found
from infra.local.engine.dynamodb.schema import TableSchema
from infra.local.engine.dynamodb.table import Table
from infra.local.engine.dynamodb.transactions import Transactions
from infra.local.engine.errors import ServiceError, UnsupportedRequestError
from infra.local.engine.meter import Meter
from infra.local.engine.service import Answer, Clock, Operation, Params, Service

_Charged = Callable[[Params, Charge], Answer]


class DynamoDB(Service):
    """Tables of the account. `meter` counts calls and capacity per caller and operation."""

    name = "dynamodb"

    def __init__(self, clock: Clock, account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self.meter = Meter()
        self._tables: dict[str, Table] = {}
        self._operations = self._make_operations()

    def create_table(self, name: str, properties: Mapping[str, Any]) -> Table:
        """Create a table from resolved AWS::DynamoDB::Table or GlobalTable properties; ValueError for a
        name in use."""
        if name in self._tables:
            raise ValueError(f"table {name} exists already")
        table = Table(TableSchema.of(name, properties), self.account, self.region, self.clock)
        self._tables[name] = table
        return table

    def table(self, name: str) -> Table:
        """The table of this name; KeyError if there is none."""
        return self._tables[name]

    def expire(self) -> int:
        """Delete, in all tables, the items whose expiry has passed; returns how many."""
        now = self.clock()
        return sum(table.expire(now) for table in self._tables.values())

    def next_expiry(self) -> datetime | None:
        """When the next item of any table expires."""
        instants = [table.next_expiry() for table in self._tables.values()]
        return min((instant for instant in instants if instant is not None), default=None)

    def operations(self) -> Mapping[str, Operation]:
        return self._operations

    def _make_operations(self) -> dict[str, Operation]:
        find = self._find
        transactions = Transactions(self.clock, find)
        single: dict[str, _Charged] = {
            "GetItem": lambda params, charge: batches.get_item(params, find, charge),
            "PutItem": lambda params, charge: writes.write_alone("Put", params, find, charge),
            "UpdateItem": lambda params, charge: writes.write_alone("Update", params, find, charge),
            "DeleteItem": lambda params, charge: writes.write_alone("Delete", params, find, charge),
            "Query": lambda params, charge: queries.query(params, find, charge),
            "Scan": lambda params, charge: queries.scan(params, find, charge),
        }
        several: dict[str, _Charged] = {
            "BatchGetItem": lambda params, charge: batches.batch_get_item(params, find, charge),
            "BatchWriteItem": lambda params, charge: batches.batch_write_item(params, find, charge),
            "TransactGetItems": transactions.get,
            "TransactWriteItems": transactions.write,
        }
        operations: dict[str, Operation] = {"DescribeTable": self._describe_table}
        for name, charged in (single | several).items():
            operations[name] = partial(self._metered, name, charged, name in several)
        return operations

    def _find(self, name_or_arn: str) -> Table:
        table = self._tables.get(name_or_arn.rsplit("/", 1)[-1])
        if table is None:
            raise table_not_found()
        return table

    def _metered(self, name: str, charged: _Charged, several: bool, params: Params) -> Answer:
        """Do the operation, count its capacity also when it is refused, and report it where asked."""
        if params.get("ReturnItemCollectionMetrics", "NONE") != "NONE":
            raise UnsupportedRequestError("ReturnItemCollectionMetrics: the local engine has no local indexes")
        level = params.get("ReturnConsumedCapacity", "NONE")
        if level not in ("INDEXES", "TOTAL", "NONE"):
            raise ValidationError(f"Value '{level}' at 'returnConsumedCapacity' failed to satisfy constraint")
        charge = Charge()
        failed = True
        try:
            answer = charged(params, charge)
            failed = False
        finally:
            self.meter.record(
                current_caller.get(),
                name,
                read_units=charge.read_total,
                write_units=charge.write_total,
                failed=failed,
            )
        if level != "NONE":
            reports = charge.report(level, by_kind=name.startswith("Transact"))
            answer["ConsumedCapacity"] = reports if several else reports[0]
        return answer

    def _describe_table(self, params: Params) -> Answer:
        try:
            return {"Table": describe(self._find(params["TableName"]))}
        except ServiceError:
            message = f"Requested resource not found: Table: {params['TableName']} not found"
            raise ServiceError("ResourceNotFoundException", message) from None
