"""Expressions and queries that DynamoDB refuses, and some that only look as if it would."""

from __future__ import annotations

from tests.engines.scene import Scene
from tests.engines.trace import INDEX, TABLE, Params

N1: Params = {"N": "1"}
N2: Params = {"N": "2"}
A: Params = {"S": "a"}

CONDITIONS: tuple[tuple[str, dict[str, str], Params], ...] = (
    ("", {}, {}),
    ("status = :v", {}, {":v": A}),
    ("attribute_exists(name)", {}, {}),
    ("units = :v AND", {}, {":v": N1}),
    ("units == :v", {}, {":v": N1}),
    ("units = = :v", {}, {":v": N1}),
    ("units != :v", {}, {":v": N1}),
    ("units", {}, {}),
    (":v", {}, {":v": {"BOOL": True}}),
    ("units = :w", {}, {":v": N1}),
    ("units = :v", {}, {":v": N1, ":w": N1}),
    ("units = :v", {"#x": "units"}, {":v": N1}),
    ("#x = :v", {}, {":v": N1}),
    ("#x = :v", {"#x": ""}, {":v": N1}),
    ("units = :v", {"x": "units"}, {":v": N1}),
    ("units = :v", {}, {"v": N1}),
    ("units = v", {}, {}),
    ("units = 1", {}, {}),
    ("units = 'a'", {}, {}),
    ("units = units", {}, {}),
    ("((units = :v))", {}, {":v": N1}),
    ("(units = :v)", {}, {":v": N1}),
    ("(units) = :v", {}, {":v": N1}),
    ("NOT (units = :v)", {}, {":v": N1}),
    ("not units = :v or units = :v", {}, {":v": N1}),
    ("nosuch(units)", {}, {}),
    ("size(units)", {}, {}),
    ("size(:v) = :v", {}, {":v": N1}),
    ("size(units) = size(rank)", {}, {}),
    ("attribute_exists(units, rank)", {}, {}),
    ("attribute_exists()", {}, {}),
    ("attribute_exists(:v)", {}, {":v": A}),
    ("ATTRIBUTE_EXISTS(units)", {}, {}),
    ("attribute_exists (units)", {}, {}),
    ("attribute_type(units, :v)", {}, {":v": {"S": "X"}}),
    ("attribute_type(units, :v)", {}, {":v": N1}),
    ("attribute_type(units, rank)", {}, {}),
    ("begins_with(units, :v)", {}, {":v": N1}),
    ("begins_with(:v, units)", {}, {":v": A}),
    ("begins_with(:v, units)", {}, {":v": N1}),
    ("begins_with(:v, :w)", {}, {":v": A, ":w": A}),
    ("attribute_type(:v, :w)", {}, {":v": N1, ":w": {"S": "N"}}),
    ("begins_with(units)", {}, {}),
    ("contains(:v, units)", {}, {":v": {"S": "abc"}}),
    ("contains(did, did)", {}, {}),
    ("units < :v", {}, {":v": {"BOOL": True}}),
    ("units >= :v", {}, {":v": {"L": []}}),
    ("units < :v", {}, {":v": {"SS": ["a"]}}),
    ("units BETWEEN :w AND :v", {}, {":v": N1, ":w": N2}),
    ("units BETWEEN :v AND :w", {}, {":v": N1, ":w": A}),
    ("units BETWEEN :v AND :w", {}, {":v": {"L": []}, ":w": {"L": []}}),
    ("units BETWEEN :v", {}, {":v": N1}),
    ("units IN ()", {}, {}),
    ("units IN :v", {}, {":v": N1}),
    ("units IN (:v)", {}, {":v": N1}),
    ("units IN (" + ", ".join(f":v{n}" for n in range(100)) + ")", {}, {f":v{n}": {"N": str(n)} for n in range(100)}),
    ("units IN (" + ", ".join(f":v{n}" for n in range(101)) + ")", {}, {f":v{n}": {"N": str(n)} for n in range(101)}),
    ("did[-1] = :v", {}, {":v": A}),
    ("did[a] = :v", {}, {":v": A}),
    ("did[:v] = :v", {}, {":v": N1}),
    ("customer..x = :v", {}, {":v": A}),
    (".customer = :v", {}, {":v": A}),
    ("customer. x = :v", {}, {":v": A}),
    ("a-b = :v", {}, {":v": A}),
    ("1a = :v", {}, {":v": A}),
    ("_a = :v", {}, {":v": A}),
    ("units = :v;", {}, {":v": N1}),
    ("units = :v AND (rank = :v", {}, {":v": N1}),
    ("units = :v)", {}, {":v": N1}),
    ("units\n=\t:v", {}, {":v": N1}),
    ("units = :v AND " * 300 + "units = :v", {}, {":v": N1}),
    (" AND ".join(["units = :v"] * 60), {}, {":v": N1}),
)

UPDATES: tuple[tuple[str, Params], ...] = (
    ("", {}),
    ("SET", {}),
    ("SET pk = :v", {":v": A}),
    ("REMOVE sk", {}),
    ("SET units = :v, units = :v", {":v": N1}),
    ("SET customer = :v REMOVE customer.units", {":v": N1}),
    ("SET customer.units = :v REMOVE customer", {":v": N1}),
    ("SET did[0] = :v, did.x = :v", {":v": N1}),
    ("REMOVE did[0], did[0]", {}),
    ("REMOVE did[0], did[1]", {}),
    ("SET did[0] = :v REMOVE did[1]", {":v": A}),
    ("SET did[7] = :v, did[9] = :v", {":v": A}),
    ("SET units = :v SET rank = :v", {":v": N1}),
    ("REMOVE units REMOVE rank", {}),
    ("SET units = :v, ", {":v": N1}),
    ("SET units = :v + :v + :v", {":v": N1}),
    ("SET units = (units + :v)", {":v": N1}),
    ("SET units = ((units + :v))", {":v": N1}),
    ("SET units = :v * :v", {":v": N1}),
    ("SET units = units + :v", {":v": A}),
    ("SET status = :v", {":v": A}),
    ("SET units = -:v", {":v": N1}),
    ("SET units += :v", {":v": N1}),
    ("SET rank = :v + rank", {":v": N1}),
    ("SET did = list_append(did, :v)", {":v": A}),
    ("SET did = list_append(did, :v)", {":v": {"L": [A]}}),
    ("SET did = list_append(:v, :v)", {":v": {"L": [A]}}),
    ("SET did = list_append(did)", {}),
    ("SET did = list_append(did, did)", {}),
    ("SET units = list_append(units, :v)", {":v": {"L": []}}),
    ("SET did = list_append(list_append(did, :v), :v)", {":v": {"L": [A]}}),
    ("SET log[9] = :v REMOVE log[0], log[1], log[2]", {":v": A}),
    ("REMOVE absent", {}),
    ("SET units = if_not_exists(:v, :v)", {":v": N1}),
    ("SET units = if_not_exists(units)", {}),
    ("SET units = if_not_exists(absent, absent)", {}),
    ("SET units = if_not_exists(absent, if_not_exists(rank, :v))", {":v": N1}),
    ("SET units = attribute_exists(units)", {}),
    ("SET units = size(did)", {}),
    ("SET units = absent", {}),
    ("SET customer.new.x = :v", {":v": N1}),
    ("SET customer.new = :v", {":v": N1}),
    ("SET units.x = :v", {":v": N1}),
    ("SET units[0] = :v", {":v": N1}),
    ("REMOVE customer.absent.x", {}),
    ("REMOVE units.x", {}),
    ("REMOVE absent[3]", {}),
    ("ADD units :v", {":v": A}),
    ("ADD units :v", {":v": {"L": [A]}}),
    ("ADD units units", {}),
    ("ADD status :v", {":v": N1}),
    ("ADD did :v", {":v": N1}),
    ("ADD customer.units :v", {":v": N1}),
    ("ADD tags :v", {":v": {"NS": ["1"]}}),
    ("DELETE tags :v", {":v": A}),
    ("DELETE tags :v", {":v": {"SS": ["a", "b"]}}),
    ("DELETE units :v", {":v": {"SS": ["a"]}}),
    ("INSERT units :v", {":v": N1}),
    ("units = :v", {":v": N1}),
    ("SET units = :v", {":v": N1, ":w": N1}),
    ("SET units = :w", {":v": N1}),
    ("SET rank = rank + :v", {":v": {"N": "9" * 38}}),
    ("set units = :v remove rank", {":v": N1}),
    ("SET units = rank, rank = units", {}),
)

QUERIES: tuple[Params, ...] = (
    {},
    {"KeyConditionExpression": "sk = :p"},
    {"KeyConditionExpression": "pk > :p"},
    {"KeyConditionExpression": "pk <> :p"},
    {"KeyConditionExpression": "pk = :p OR pk = :p"},
    {"KeyConditionExpression": "NOT pk = :p"},
    {"KeyConditionExpression": "pk = :p AND sk <> :p"},
    {"KeyConditionExpression": "pk = :p AND sk IN (:p)"},
    {"KeyConditionExpression": "pk = :p AND contains(sk, :p)"},
    {"KeyConditionExpression": "pk = :p AND attribute_exists(sk)"},
    {"KeyConditionExpression": "pk = :p AND sk > :p AND sk < :p"},
    {"KeyConditionExpression": "pk = :p AND units = :p"},
    {"KeyConditionExpression": "pk = :p AND pk = :p"},
    {"KeyConditionExpression": "begins_with(pk, :p)"},
    {"KeyConditionExpression": "pk = sk"},
    {"KeyConditionExpression": ":p = pk"},
    {"KeyConditionExpression": "sk = :p and pk = :p"},
    {"KeyConditionExpression": "(pk = :p) AND (sk = :p)"},
    {"KeyConditionExpression": "(pk = :p AND sk = :p)"},
    {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": N1}},
    {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": ""}}},
    {"KeyConditionExpression": "pk = :p AND sk > :s", "ExpressionAttributeValues": {":p": A, ":s": N1}},
    {"KeyConditionExpression": "pk = :p AND begins_with(sk, :s)", "ExpressionAttributeValues": {":p": A, ":s": N1}},
    {"KeyConditionExpression": "pk = :p AND begins_with(sk, :s)", "ExpressionAttributeValues": {":p": A, ":s": {"S": ""}}},
    {
        "KeyConditionExpression": "pk = :p AND sk BETWEEN :t AND :s",
        "ExpressionAttributeValues": {":p": A, ":s": A, ":t": {"S": "b"}},
    },
    {"KeyConditionExpression": "pk = :p", "IndexName": "nosuch"},
    {"KeyConditionExpression": "pk = :p", "IndexName": INDEX},
    {"KeyConditionExpression": "gsi1pk = :p", "IndexName": INDEX, "ConsistentRead": True},
    {"KeyConditionExpression": "gsi1pk = :p", "IndexName": INDEX, "Select": "ALL_ATTRIBUTES"},
    {"KeyConditionExpression": "gsi1pk = :p", "IndexName": INDEX, "ProjectionExpression": "units"},
    {"KeyConditionExpression": "gsi1pk = :p", "IndexName": INDEX, "FilterExpression": "attribute_exists(gsi1sk)"},
    {"KeyConditionExpression": "gsi1pk = :p", "IndexName": INDEX, "FilterExpression": "attribute_exists(sk)"},
    {"KeyConditionExpression": "gsi1pk = :p", "IndexName": INDEX, "FilterExpression": "attribute_not_exists(units)"},
    {"KeyConditionExpression": "pk = :p", "FilterExpression": "sk = :p"},
    {"KeyConditionExpression": "pk = :p", "FilterExpression": "pk = :p AND units = :p"},
    {"KeyConditionExpression": "pk = :p", "FilterExpression": "status = :p"},
    {"KeyConditionExpression": "pk = :p", "FilterExpression": ""},
    {"KeyConditionExpression": "pk = :p", "Limit": 0},
    {"KeyConditionExpression": "pk = :p", "Limit": -1},
    {"KeyConditionExpression": "pk = :p", "Select": "COUNT", "ProjectionExpression": "units"},
    {"KeyConditionExpression": "pk = :p", "Select": "SPECIFIC_ATTRIBUTES"},
    {"KeyConditionExpression": "pk = :p", "Select": "SPECIFIC_ATTRIBUTES", "ProjectionExpression": "units"},
    {"KeyConditionExpression": "pk = :p", "Select": "ALL_PROJECTED_ATTRIBUTES"},
    {"KeyConditionExpression": "pk = :p", "Select": "NOTHING"},
    {"KeyConditionExpression": "pk = :p", "ProjectionExpression": "units, units"},
    {"KeyConditionExpression": "pk = :p", "ProjectionExpression": "customer, customer.units"},
    {"KeyConditionExpression": "pk = :p", "ProjectionExpression": ""},
    {"KeyConditionExpression": "pk = :p", "ProjectionExpression": "units,"},
    {"KeyConditionExpression": "pk = :p", "ExclusiveStartKey": {"pk": A}},
    {"KeyConditionExpression": "pk = :p", "ExclusiveStartKey": {"pk": A, "sk": N1}},
    {"KeyConditionExpression": "pk = :p", "ExclusiveStartKey": {"pk": {"S": "b"}, "sk": A}},
    {"KeyConditionExpression": "pk = :p", "ExclusiveStartKey": {"pk": A, "sk": A, "units": N1}},
    {"KeyConditionExpression": "pk = :p", "ExclusiveStartKey": {"pk": A, "sk": {"S": "nothing is there"}}},
    {"KeyConditionExpression": "gsi1pk = :p", "IndexName": INDEX, "ExclusiveStartKey": {"pk": A, "sk": A}},
    {"KeyConditionExpression": "gsi1pk = :p", "IndexName": INDEX, "ExclusiveStartKey": {"gsi1pk": A, "gsi1sk": A}},
    {"KeyConditionExpression": "pk = :p AND sk > :s", "ExclusiveStartKey": {"pk": A, "sk": {"S": "0"}},
     "ExpressionAttributeValues": {":p": A, ":s": {"S": "5"}}},
)  # fmt: skip

RETURNED = ("ALL_NEW", "UPDATED_OLD", "NOTHING", "all_old")


def condition(scene: Scene) -> None:
    """A strange condition of a write, a filter, or a check in a transaction."""
    text, names, values = scene.chance.choice(CONDITIONS)
    given: Params = {}
    if names:
        given["ExpressionAttributeNames"] = names
    if values or scene.maybe(0.03):
        given["ExpressionAttributeValues"] = values
    key = scene.key()
    check = {"TableName": TABLE, "Key": key, "ConditionExpression": text} | given
    scene.chance.choice(
        (
            lambda: scene.on_table("DeleteItem", Key=key, ConditionExpression=text, **given),
            lambda: scene.on_table("PutItem", Item=key, ConditionExpression=text, **given),
            lambda: scene.on_table("Scan", FilterExpression=text, **given),
            lambda: scene.do("TransactWriteItems", TransactItems=[{"ConditionCheck": check}]),
        )
    )()


def update(scene: Scene) -> None:
    """A strange update, alone or in a transaction."""
    text, values = scene.chance.choice(UPDATES)
    given: Params = {"UpdateExpression": text}
    if values:
        given["ExpressionAttributeValues"] = values
    key = scene.key()
    if scene.maybe(0.3):
        action = {"Update": {"TableName": TABLE, "Key": key} | given}
        scene.do("TransactWriteItems", TransactItems=[action])
        return
    returned = {"ReturnValues": scene.chance.choice(("ALL_NEW", "UPDATED_NEW"))} if scene.maybe(0.5) else {}
    scene.on_table("UpdateItem", Key=key, **given, **returned)


def query(scene: Scene) -> None:
    """A strange query."""
    scene.on_table("Query", **({"ExpressionAttributeValues": {":p": A}} | scene.chance.choice(QUERIES)))


def returned(scene: Scene) -> None:
    """Return values that the operation does not know."""
    what = scene.chance.choice(RETURNED)
    key = scene.key()
    scene.chance.choice(
        (
            lambda: scene.on_table("PutItem", Item=key, ReturnValues=what),
            lambda: scene.on_table("DeleteItem", Key=key, ReturnValues=what),
            lambda: scene.on_table("UpdateItem", Key=key, ReturnValues=what),
            lambda: scene.on_table(
                "PutItem", Item=key, ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure=what,
            ),
        )
    )()  # fmt: skip
