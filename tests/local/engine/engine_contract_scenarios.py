"""Requests whose answers must be the same on every engine.

A scenario is a list of steps; a step is (service, operation, params). A text "{url:name}" in the params stands
for a queue's URL, "{receipt}" for the handle of the message received last.
"""

from __future__ import annotations

from typing import Any

Step = tuple[str, str, dict[str, Any]]

KEY = {"pk": {"S": "o1"}, "sk": {"S": "line"}}
OTHER = {"pk": {"S": "o2"}, "sk": {"S": "line"}}


def n(number: object) -> dict[str, str]:
    return {"N": str(number)}


def ddb(operation: str, **params: Any) -> Step:
    if not operation.startswith(("Batch", "Transact")):
        params = {"TableName": "orders"} | params
    return ("dynamodb", operation, params)


def put(item: dict[str, Any], **params: Any) -> Step:
    return ddb("PutItem", Item=item, **params)


def get(**params: Any) -> Step:
    return ddb("GetItem", Key=KEY, **params)


def update(expression: str, values: dict[str, Any] | None = None, **params: Any) -> Step:
    given = {} if values is None else {"ExpressionAttributeValues": values}
    return ddb("UpdateItem", Key=KEY, UpdateExpression=expression, ReturnValues="ALL_NEW", **given, **params)


def transact(*actions: dict[str, Any], **params: Any) -> Step:
    return ddb("TransactWriteItems", TransactItems=list(actions), **params)


def action(kind: str, **params: Any) -> dict[str, Any]:
    return {kind: {"TableName": "orders"} | params}


def query(condition: str, values: dict[str, Any], **params: Any) -> Step:
    return ddb("Query", KeyConditionExpression=condition, ExpressionAttributeValues=values, **params)


def filtered(expression: str, values: dict[str, Any] | None = None, **params: Any) -> Step:
    given = {} if values is None else {"ExpressionAttributeValues": values}
    return ddb("Scan", FilterExpression=expression, **given, **params)


def lines(count: int, **attributes: Any) -> list[Step]:
    return [put({"pk": {"S": "o1"}, "sk": {"S": f"L{number}"}} | attributes) for number in range(count)]


def sqs(operation: str, queue: str = "work", **params: Any) -> Step:
    return ("sqs", operation, {"QueueUrl": f"{{url:{queue}}}"} | params)


def send(queue: str = "work", **params: Any) -> Step:
    return sqs("SendMessage", queue, **({"MessageBody": "x"} | params))


def receive(queue: str = "work", **params: Any) -> Step:
    return sqs("ReceiveMessage", queue, **({"MaxNumberOfMessages": 10} | params))


def fifo(group: str, body: str, deduplication: str) -> Step:
    return send("work.fifo", MessageBody=body, MessageGroupId=group, MessageDeduplicationId=deduplication)


def mail(**change: Any) -> Step:
    simple = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "x"}}}
    params = {
        "FromEmailAddress": "orders@shop.example",
        "Destination": {"ToAddresses": ["anna@example.com"]},
        "Content": {"Simple": simple},
    }
    return ("sesv2", "SendEmail", params | change)


def event(**change: Any) -> dict[str, Any]:
    return {"Source": "shop", "DetailType": "recorded", "Detail": "{}", "EventBusName": "backorders"} | change


RICH = KEY | {
    "a": n(5),
    "s": {"S": "text"},
    "tags": {"SS": ["red"]},
    "l": {"L": [n(1), n(2), n(3)]},
    "m": {"M": {"x": n(1), "y": {"L": [{"S": "p"}]}}},
}
INDEXED = {"gsi1pk": {"S": "SKU"}, "gsi1sk": {"S": "1"}}
BIG = {"S": "x" * 300_000}

SCENARIOS: dict[str, list[Step]] = {
    "put_get_delete": [
        put(RICH),
        get(),
        get(ProjectionExpression="a, m.y[0], l[1]"),
        put(KEY | {"b": n(1)}, ReturnValues="ALL_OLD"),
        ddb("DeleteItem", Key=KEY, ReturnValues="ALL_OLD"),
        get(),
        ddb("DeleteItem", Key=KEY),
    ],
    "conditions_on_writes": [
        put(KEY, ConditionExpression="attribute_exists(pk)"),
        put(KEY, ConditionExpression="attribute_not_exists(pk)"),
        put(KEY, ConditionExpression="attribute_not_exists(pk)"),
        put(KEY, ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        ddb("DeleteItem", Key=OTHER, ConditionExpression="attribute_exists(pk)"),
        update("SET a = :a", {":a": n(1)}, ConditionExpression="a = :a"),
    ],
    "keys": [
        put({"pk": {"S": "o1"}}),
        put({"pk": {"S": ""}, "sk": {"S": "x"}}),
        put({"pk": n(1), "sk": {"S": "x"}}),
        ddb("GetItem", Key={"pk": {"S": "o1"}}),
        ddb("GetItem", Key=KEY | {"a": n(1)}),
        ddb("GetItem", TableName="nowhere", Key=KEY),
    ],
    "index_keys": [put(KEY | {"gsi1pk": {"S": ""}}), put(KEY | {"gsi1pk": n(1)})],
    "numbers": [put(KEY | {"a": n("1.50"), "b": n("1E3"), "c": n("-0.0")}), get(), put(KEY | {"a": n("9" * 39)})],
    "values": [
        put(KEY | {"a": {"SS": []}}),
        put(KEY | {"a": {"SS": ["x", "x"]}}),
        put(KEY | {"a": {"S": "x" * 409_600}}),
        put(KEY | {"a": {"S": ""}, "b": {"L": []}, "c": {"M": {}}, "d": {"NULL": True}, "e": {"B": b"\x00"}}),
        get(),
    ],
    "set_arithmetic": [
        put(RICH),
        update("SET a = a + :v, b = if_not_exists(b, :v) - :w", {":v": n(2), ":w": n("0.5")}),
        update("SET c = absent + :v", {":v": n(1)}),
        update("SET s = s + :v", {":v": n(1)}),
        get(),
    ],
    "set_documents": [
        put(RICH),
        update("SET l[0] = :v, l[9] = :v, m.z = :v", {":v": n(9)}),
        update("SET l = list_append(:v, l)", {":v": {"L": [n(0)]}}),
        update("SET absent.x = :v", {":v": n(9)}),
        get(),
    ],
    "remove": [put(RICH), update("REMOVE l[0], l[2], m.x, absent"), update("REMOVE a, s"), get()],
    "add_and_delete": [
        put(RICH),
        update("ADD a :v, absent :v, tags :t", {":v": n(-7), ":t": {"SS": ["blue"]}}),
        update("DELETE tags :t", {":t": {"SS": ["red", "green"]}}),
        update("DELETE tags :t", {":t": {"SS": ["blue"]}}),
        update("ADD s :v", {":v": n(1)}),
        get(),
    ],
    "swap": [put(KEY | {"a": n(1), "b": n(2)}), update("SET a = b, b = a"), get()],
    "update_of_a_missing_item": [update("SET a = :v", {":v": n(1)}), get()],
    "update_return_values": [
        put(RICH),
        ddb(
            "UpdateItem",
            Key=KEY,
            UpdateExpression="SET m.x = :v, n = :v",
            ExpressionAttributeValues={":v": n(2)},
            ReturnValues="UPDATED_OLD",
        ),
        ddb(
            "UpdateItem",
            Key=KEY,
            UpdateExpression="SET a = :v REMOVE s",
            ExpressionAttributeValues={":v": n(3)},
            ReturnValues="UPDATED_NEW",
        ),
    ],
    "update_refusals": [
        put(RICH),
        update("SET pk = :v", {":v": {"S": "x"}}),
        update("SET a = :v, a = :v", {":v": n(1)}),
        update("SET m = :v REMOVE m.x", {":v": n(1)}),
        update("SET status = :v", {":v": n(1)}),
        update("SET a = :v", {":v": n(1), ":w": n(1)}),
        update("SET a = :w", {":v": n(1)}),
        update("SET #a = :v", {":v": n(1)}),
        update("SET a = :v SET b = :v", {":v": n(1)}),
        update("ADD a :v", {":v": {"S": "x"}}),
    ],
    "comparisons": [
        put(RICH),
        *(
            filtered(expression, {":v": n(5)}, Select="COUNT")
            for expression in (
                "a = :v",
                "a <> :v",
                "a < :v",
                "a <= :v",
                "a > :v",
                "a >= :v",
                "s < :v",
                "absent <> :v",
                "absent < :v",
            )
        ),
    ],
    "functions": [
        put(RICH),
        *(
            filtered(expression, {":v": {"S": value}} if value else None, Select="COUNT")
            for expression, value in (
                ("begins_with(s, :v)", "te"),
                ("contains(s, :v)", "ex"),
                ("contains(tags, :v)", "red"),
                ("contains(tags, :v)", "re"),
                ("attribute_type(m, :v)", "M"),
                ("attribute_type(m, :v)", "S"),
                ("attribute_exists(m.y[0])", ""),
                ("attribute_not_exists(m.y[1])", ""),
            )
        ),
        filtered("size(l) = :v AND size(s) > :v", {":v": n(3)}, Select="COUNT"),
        filtered("a BETWEEN :v AND :w", {":v": n(5), ":w": n(6)}, Select="COUNT"),
        filtered("a IN (:v, :w)", {":v": n(4), ":w": n(5)}, Select="COUNT"),
    ],
    "logic": [
        put(RICH),
        *(
            filtered(expression, {":t": n(5), ":f": n(6)}, Select="COUNT")
            for expression in ("a = :t OR a = :f AND a = :f", "(a = :t OR a = :f) AND a = :f", "NOT a = :f AND a = :t")
        ),
    ],
    "condition_refusals": [
        filtered("status = :v", {":v": n(1)}),
        filtered("a = :v AND", {":v": n(1)}),
        filtered("begins_with(s, :v)", {":v": n(1)}),
        filtered("attribute_exists(a)", {":v": n(1)}),
        filtered("nosuch(a)"),
        filtered("#a = :v", {":v": n(1)}),
    ],
    "in_with_101_operands": [
        filtered("a IN (" + ", ".join(f":v{i}" for i in range(101)) + ")", {f":v{i}": n(i) for i in range(101)})
    ],
    "query_ranges": [
        *lines(5),
        *(
            query(f"pk = :p AND {condition}", {":p": {"S": "o1"}, ":a": {"S": "L1"}} | more)
            for condition, more in (
                ("sk = :a", {}),
                ("sk < :a", {}),
                ("sk <= :a", {}),
                ("sk > :a", {}),
                ("sk >= :a", {}),
                ("sk BETWEEN :a AND :b", {":b": {"S": "L3"}}),
                ("begins_with(sk, :a)", {}),
            )
        ),
        query("pk = :p", {":p": {"S": "o1"}}, ScanIndexForward=False, Limit=2),
        query("pk = :p", {":p": {"S": "nobody"}}),
    ],
    "query_pages": [
        *lines(4),
        query("pk = :p", {":p": {"S": "o1"}}, Limit=2),
        query("pk = :p", {":p": {"S": "o1"}}, Limit=3, ExclusiveStartKey={"pk": {"S": "o1"}, "sk": {"S": "L1"}}),
    ],
    "query_limit_reached_exactly": [*lines(2), query("pk = :p", {":p": {"S": "o1"}}, Limit=2)],
    "query_filter_and_limit": [
        *lines(3, even={"BOOL": True}),
        put({"pk": {"S": "o1"}, "sk": {"S": "L1"}, "even": {"BOOL": False}}),
        query("pk = :p", {":p": {"S": "o1"}, ":t": {"BOOL": True}}, FilterExpression="even = :t", Limit=2),
        query("pk = :p", {":p": {"S": "o1"}, ":t": {"BOOL": True}}, FilterExpression="even = :t", Select="COUNT"),
    ],
    "query_one_megabyte": [*lines(5, a=BIG), query("pk = :p", {":p": {"S": "o1"}}, ProjectionExpression="sk")],
    "query_refusals": [
        query("sk = :p", {":p": {"S": "o1"}}),
        query("pk > :p", {":p": {"S": "o1"}}),
        query("pk = :p", {":p": n(1)}),
        query("pk = :p", {":p": {"S": "o1"}}, IndexName="nowhere"),
        query("gsi1pk = :p", {":p": {"S": "o1"}}, IndexName="gsi1", ConsistentRead=True),
    ],
    "filter_on_a_key": [query("pk = :p", {":p": {"S": "o1"}}, FilterExpression="sk = :p")],
    "index": [
        put(KEY | INDEXED | {"a": n(1)}),
        put(OTHER | INDEXED | {"gsi1sk": {"S": "0"}}),
        put({"pk": {"S": "o3"}, "sk": {"S": "x"}, "gsi1pk": {"S": "SKU"}}),
        query("gsi1pk = :p", {":p": {"S": "SKU"}}, IndexName="gsi1"),
        query("gsi1pk = :p", {":p": {"S": "SKU"}}, IndexName="gsi1", Limit=1),
        update("SET gsi1sk = :s", {":s": {"S": "-1"}}),
        query("gsi1pk = :p AND gsi1sk < :s", {":p": {"S": "SKU"}, ":s": {"S": "05"}}, IndexName="gsi1"),
        update("REMOVE gsi1pk"),
        query("gsi1pk = :p", {":p": {"S": "SKU"}}, IndexName="gsi1"),
    ],
    "batches": [
        ddb(
            "BatchWriteItem", RequestItems={"orders": [{"PutRequest": {"Item": RICH}}, {"PutRequest": {"Item": OTHER}}]}
        ),
        ddb(
            "BatchGetItem",
            RequestItems={
                "orders": {"Keys": [KEY, OTHER, {"pk": {"S": "no"}, "sk": {"S": "x"}}], "ProjectionExpression": "pk, a"}
            },
        ),
        ddb("BatchWriteItem", RequestItems={"orders": [{"DeleteRequest": {"Key": KEY}}]}),
        get(),
        ddb("BatchGetItem", RequestItems={"orders": {"Keys": [KEY, KEY]}}),
        ddb(
            "BatchWriteItem",
            RequestItems={"orders": [{"PutRequest": {"Item": OTHER}}, {"DeleteRequest": {"Key": OTHER}}]},
        ),
        ddb(
            "BatchGetItem",
            RequestItems={"orders": {"Keys": [{"pk": {"S": str(i)}, "sk": {"S": "x"}} for i in range(101)]}},
        ),
    ],
    "batch_write_of_26": [
        ddb(
            "BatchWriteItem",
            RequestItems={
                "orders": [{"PutRequest": {"Item": {"pk": {"S": str(i)}, "sk": {"S": "x"}}}} for i in range(26)]
            },
        ),
    ],
    "transaction": [
        put(OTHER),
        transact(
            action("Put", Item=RICH, ConditionExpression="attribute_not_exists(pk)"),
            action("Delete", Key=OTHER),
            action(
                "Update",
                Key={"pk": {"S": "c"}, "sk": {"S": "x"}},
                UpdateExpression="ADD units :n",
                ExpressionAttributeValues={":n": n(3)},
            ),
            action(
                "ConditionCheck",
                Key={"pk": {"S": "no"}, "sk": {"S": "x"}},
                ConditionExpression="attribute_not_exists(pk)",
            ),
        ),
        get(),
        ddb("Scan", Select="COUNT"),
        ddb("TransactGetItems", TransactItems=[action("Get", Key=KEY), action("Get", Key=OTHER)]),
    ],
    "transaction_cancelled": [
        put(RICH),
        transact(
            action("Put", Item=OTHER),
            action(
                "Update",
                Key=KEY,
                UpdateExpression="SET a = :v",
                ConditionExpression="a = :v",
                ExpressionAttributeValues={":v": n(6)},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            ),
        ),
        ddb("GetItem", Key=OTHER),
        get(),
    ],
    "transaction_same_item_twice": [transact(action("Put", Item=KEY), action("Delete", Key=KEY))],
    "transaction_of_101": [
        transact(*(action("Put", Item={"pk": {"S": str(i)}, "sk": {"S": "x"}}) for i in range(101)))
    ],
    "transaction_token": [
        transact(action("Put", Item=KEY, ConditionExpression="attribute_not_exists(pk)"), ClientRequestToken="t1"),
        transact(action("Put", Item=KEY, ConditionExpression="attribute_not_exists(pk)"), ClientRequestToken="t1"),
        transact(action("Put", Item=OTHER), ClientRequestToken="t1"),
    ],
    "transaction_over_4_mb": [
        transact(*(action("Put", Item={"pk": {"S": str(i)}, "sk": {"S": "x"}, "a": BIG}) for i in range(15)))
    ],
    "transaction_that_does_not_fit": [
        put(RICH),
        transact(action("Update", Key=KEY, UpdateExpression="SET s = s + :v", ExpressionAttributeValues={":v": n(1)})),
    ],
    "capacity_of_writes": [
        put(KEY | INDEXED | {"a": {"S": "x" * 2000}}, ReturnConsumedCapacity="INDEXES"),
        put(KEY | INDEXED, ReturnConsumedCapacity="INDEXES"),
        update("SET gsi1sk = :s", {":s": {"S": "2"}}, ReturnConsumedCapacity="INDEXES"),
        ddb("DeleteItem", Key=KEY, ReturnConsumedCapacity="INDEXES"),
    ],
    "capacity_of_reads": [
        put(KEY | {"a": {"S": "x" * 5000}}),
        get(ReturnConsumedCapacity="TOTAL"),
        get(ReturnConsumedCapacity="TOTAL", ConsistentRead=True),
        query("pk = :p", {":p": {"S": "o1"}}, ReturnConsumedCapacity="TOTAL"),
    ],
    "capacity_of_a_transaction": [transact(action("Put", Item=KEY | INDEXED), ReturnConsumedCapacity="TOTAL")],
    "sqs_send_receive_delete": [
        send(
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": "x"},
                "raw": {"DataType": "Binary", "BinaryValue": b"\x00"},
            }
        ),
        receive(MessageAttributeNames=["All"], AttributeNames=["ApproximateReceiveCount"]),
        receive(),
        sqs("DeleteMessage", ReceiptHandle="{receipt}"),
        sqs("DeleteMessage", ReceiptHandle="{receipt}"),
        receive(),
    ],
    "sqs_visibility": [
        send(),
        receive(),
        sqs("ChangeMessageVisibility", ReceiptHandle="{receipt}", VisibilityTimeout=0),
        receive(AttributeNames=["ApproximateReceiveCount"]),
    ],
    "sqs_visibility_not_in_flight": [
        send(),
        receive(VisibilityTimeout=0),
        sqs("ChangeMessageVisibility", ReceiptHandle="{receipt}", VisibilityTimeout=5),
    ],
    "sqs_delay": [
        send(DelaySeconds=600),
        receive(),
        sqs("GetQueueAttributes", AttributeNames=["ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessages"]),
        send(DelaySeconds=901),
    ],
    "sqs_batches": [
        sqs("SendMessageBatch", Entries=[{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2"}]),
        sqs("SendMessageBatch", Entries=[{"Id": "a", "MessageBody": "1"}, {"Id": "a", "MessageBody": "2"}]),
        sqs("SendMessageBatch", Entries=[]),
        sqs("SendMessageBatch", Entries=[{"Id": str(i), "MessageBody": "x"} for i in range(11)]),
        sqs("SendMessageBatch", Entries=[{"Id": "a b", "MessageBody": "x"}]),
        receive(),
    ],
    "sqs_batch_partial_failure": [
        sqs(
            "SendMessageBatch",
            Entries=[{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901}],
        ),
    ],
    "sqs_dead_letters": [
        send(),
        receive(VisibilityTimeout=0),
        receive(VisibilityTimeout=0),
        receive(),
        receive("dead", AttributeNames=["ApproximateReceiveCount"]),
    ],
    "sqs_fifo": [
        fifo("a", "a1", "1"),
        fifo("a", "a1 again", "1"),
        fifo("a", "a2", "2"),
        fifo("b", "b1", "3"),
        receive("work.fifo", MaxNumberOfMessages=1, AttributeNames=["MessageGroupId", "MessageDeduplicationId"]),
        receive("work.fifo"),
        receive("work.fifo"),
    ],
    "sqs_fifo_refusals": [
        send("work.fifo"),
        send("work.fifo", MessageGroupId="a"),
        send("work.fifo", MessageGroupId="a", MessageDeduplicationId="d", DelaySeconds=5),
        send(MessageDeduplicationId="d"),
    ],
    "sqs_unknown_queue": [("sqs", "GetQueueUrl", {"QueueName": "nowhere"}), send("nowhere")],
    "mail": [mail(), mail(FromEmailAddress="orders@other.example")],
    "events": [
        ("events", "PutEvents", {"Entries": [event(), event()]}),
        ("events", "PutEvents", {"Entries": [event(), event(Detail="not json")]}),
    ],
    "secret": [
        ("secretsmanager", "GetSecretValue", {"SecretId": "signing"}),
        ("secretsmanager", "GetSecretValue", {"SecretId": "nowhere"}),
    ],
}
