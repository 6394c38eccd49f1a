"""Keys, values and amounts that DynamoDB refuses, and some that it only just takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.engines.scene import Scene
from tests.engines.trace import TABLE, Item, Params

_KB = 1024
_ITEM_BYTES = 400 * _KB

VALUES: tuple[Any, ...] = (
    {},
    {"S": "a", "N": "1"},
    {"S": 1},
    {"N": 5},
    {"N": ""},
    {"N": "abc"},
    {"N": " 1"},
    {"N": "0x1"},
    {"N": "NaN"},
    {"N": "Infinity"},
    {"N": "1.50"},
    {"N": "+5"},
    {"N": "1E3"},
    {"N": "-0.0"},
    {"N": "9" * 38},
    {"N": "9" * 39},
    {"N": "1E125"},
    {"N": "1E126"},
    {"N": "1E-130"},
    {"N": "1E-131"},
    {"BOOL": "true"},
    {"NULL": False},
    {"X": "a"},
    {"L": "a"},
    {"M": []},
    {"SS": []},
    {"SS": ["a", "a"]},
    {"SS": [""]},
    {"NS": ["1", "1.0"]},
    {"B": "not base64!"},
    {"B": ""},
    {"S": ""},
    {"M": {"": {"S": "a"}}},
    {"L": [{}]},
)
"""Wrong, or just right."""
MANY = "many"
"""The partition of amounts."""

KEYS: tuple[Params, ...] = (
    {},
    {"pk": {"S": "B#1"}},
    {"sk": {"S": "HEAD"}},
    {"pk": {"S": "B#1"}, "sk": {"S": "HEAD"}, "more": {"S": "x"}},
    {"pk": {"S": ""}, "sk": {"S": "HEAD"}},
    {"pk": {"S": "B#1"}, "sk": {"S": ""}},
    {"pk": {"N": "1"}, "sk": {"S": "HEAD"}},
    {"pk": {"S": "B#1"}, "sk": {"B": "AA=="}},
    {"pk": {"S": "B#1"}, "sk": {"BOOL": True}},
    {"pk": {"S": "x" * 2048}, "sk": {"S": "x" * 1024}},
    {"pk": {"S": "x" * 2049}, "sk": {"S": "HEAD"}},
    {"pk": {"S": "B#1"}, "sk": {"S": "x" * 1025}},
    {"pk": {"S": "B#1"}, "sk": {"S": "ü" * 513}},
)


def value(scene: Scene) -> None:
    """An attribute's value, put, compared with or set."""
    strange = scene.chance.choice(VALUES)
    key = scene.key()
    how = scene.chance.choice(("put", "nested", "compare", "set"))
    if how == "put":
        scene.on_table("PutItem", Item=key | {"a": strange})
    elif how == "nested":
        scene.on_table("PutItem", Item=key | {"a": {"M": {"b": {"L": [strange]}}}})
    elif how == "compare":
        given = {":v": strange}
        scene.on_table("DeleteItem", Key=key, ConditionExpression="a = :v", ExpressionAttributeValues=given)
    else:
        scene.on_table("UpdateItem", Key=key, UpdateExpression="SET a = :v", ExpressionAttributeValues={":v": strange})


def key(scene: Scene) -> None:
    """A key that is none, in any operation that takes one."""
    strange = scene.chance.choice(KEYS)
    update = {"UpdateExpression": "SET a = :v", "ExpressionAttributeValues": {":v": {"N": "1"}}}
    scene.chance.choice(
        (
            lambda: scene.on_table("GetItem", Key=strange),
            lambda: scene.on_table("PutItem", Item=strange | {"a": {"N": "1"}}),
            lambda: scene.on_table("DeleteItem", Key=strange),
            lambda: scene.on_table("UpdateItem", Key=strange, **update),
            lambda: scene.do("BatchGetItem", RequestItems={TABLE: {"Keys": [strange]}}),
            lambda: scene.do("BatchWriteItem", RequestItems={TABLE: [{"DeleteRequest": {"Key": strange}}]}),
            lambda: _transact(scene, {"Delete": {"TableName": TABLE, "Key": strange}}),
            lambda: _transact(scene, {"Put": {"TableName": TABLE, "Item": strange}}),
            lambda: scene.do("TransactGetItems", TransactItems=[{"Get": {"TableName": TABLE, "Key": strange}}]),
        )
    )()


def index_key(scene: Scene) -> None:
    """An attribute that the index cannot take as its key."""
    strange = scene.chance.choice(({"N": "1"}, {"S": ""}, {"BOOL": True}, {"S": "x" * 2049}, {"L": []}, {"NULL": True}))
    name, key = scene.chance.choice(("gsi1pk", "gsi1sk")), scene.key()
    alone = {"Item": key | scene.index_keys() | {name: strange}}
    setting = {
        "Key": key,
        "UpdateExpression": f"SET {name} = :v",
        "ExpressionAttributeValues": {":v": strange},
    }
    scene.chance.choice(
        (
            lambda: scene.on_table("PutItem", **alone),
            lambda: scene.on_table("UpdateItem", **setting),
            lambda: _transact(scene, {"Put": {"TableName": TABLE, **alone}}),
            lambda: _transact(scene, {"Update": {"TableName": TABLE, **setting}}),
            lambda: scene.do("BatchWriteItem", RequestItems={TABLE: [{"PutRequest": alone}]}),
        )
    )()


def size(scene: Scene) -> None:
    """An item of exactly 400 KB or a byte more, at once or by growing."""
    key = scene.key()
    room = _ITEM_BYTES - sum(len(name) + len(value["S"].encode()) for name, value in key.items()) - len("a")
    text = {"S": "x" * (room + scene.chance.choice((0, 1)))}
    if scene.maybe(0.5):
        scene.on_table("PutItem", Item=key | {"a": text})
        return
    setting = {"Key": key, "UpdateExpression": "SET a = :v", "ExpressionAttributeValues": {":v": text}}
    if scene.maybe(0.5):
        scene.on_table("DeleteItem", Key=key)
        scene.on_table("UpdateItem", **setting)
    else:
        _transact(
            scene,
            {"Delete": {"TableName": TABLE, "Key": _other(scene, key)}},
            {"Update": {"TableName": TABLE, **setting}},
        )


def depth(scene: Scene) -> None:
    """Lists in lists in lists: 32 levels are the most."""
    value: Params = {"S": "deep"}
    for _ in range(scene.chance.choice((30, 31, 32, 33))):
        value = {"L": [value]}
    scene.on_table("PutItem", Item=scene.key() | {"a": value})


def amounts(scene: Scene) -> None:
    """Too many, too few, twice the same."""
    scene.chance.choice(_AMOUNTS)(scene)


def _numbered(count: int) -> list[Item]:
    return [{"pk": {"S": MANY}, "sk": {"S": f"{n:03}"}} for n in range(count)]


def _gets(scene: Scene) -> None:
    keys = _numbered(scene.chance.choice((0, 100, 101)))
    scene.do("BatchGetItem", RequestItems={TABLE: {"Keys": keys}})


def _get_twice(scene: Scene) -> None:
    key = scene.key()
    scene.do("BatchGetItem", RequestItems={TABLE: {"Keys": [key, scene.key(), key]}})


def _writes(scene: Scene) -> None:
    count = scene.chance.choice((0, 25, 26))
    scene.do("BatchWriteItem", RequestItems={TABLE: [{"PutRequest": {"Item": key}} for key in _numbered(count)]})


def _write_twice(scene: Scene) -> None:
    key = scene.key()
    twice = [{"PutRequest": {"Item": key | {"a": {"N": "1"}}}}, {"DeleteRequest": {"Key": key}}]
    scene.do("BatchWriteItem", RequestItems={TABLE: twice[: scene.chance.choice((1, 2))] + twice[1:]})


def _actions(scene: Scene) -> None:
    count = scene.chance.choice((0, 99, 100, 101))
    _transact(scene, *({"Put": {"TableName": TABLE, "Item": key}} for key in _numbered(count)))


def _action_twice(scene: Scene) -> None:
    key = scene.key()
    check = {"TableName": TABLE, "Key": key, "ConditionExpression": "attribute_exists(pk)"}
    put = {"TableName": TABLE, "Item": key | {"a": {"N": "1"}}}
    _transact(scene, {"Put": put}, scene.chance.choice(({"ConditionCheck": check}, {"Put": put})))


def _transact_get_twice(scene: Scene) -> None:
    get = {"Get": {"TableName": TABLE, "Key": scene.key()}}
    scene.do("TransactGetItems", TransactItems=[get, get])


def _transact_gets(scene: Scene) -> None:
    keys = _numbered(scene.chance.choice((0, 100, 101)))
    scene.do("TransactGetItems", TransactItems=[{"Get": {"TableName": TABLE, "Key": key}} for key in keys])


def _megabytes(scene: Scene) -> None:
    big = {"a": {"S": "x" * 399_000}}
    count = scene.chance.choice((10, 11))
    _transact(scene, *({"Put": {"TableName": TABLE, "Item": key | big}} for key in _numbered(count)))


def _token(scene: Scene) -> None:
    key = scene.key()
    token = scene.chance.choice(("", "x" * 37, f"{scene.seed}-{scene.serial()}".ljust(36, "x")))
    actions = [{"Delete": {"TableName": TABLE, "Key": key}}, {"Put": {"TableName": TABLE, "Item": _other(scene, key)}}]
    scene.do("TransactWriteItems", TransactItems=actions, ClientRequestToken=token)


def _two_in_one(scene: Scene) -> None:
    one, two = scene.some_keys(2, 2)
    _transact(scene, {"Delete": {"TableName": TABLE, "Key": one}, "Put": {"TableName": TABLE, "Item": two}})


def _check_without_condition(scene: Scene) -> None:
    _transact(scene, {"ConditionCheck": {"TableName": TABLE, "Key": scene.key()}})


def _nowhere(scene: Scene) -> None:
    key = scene.key()
    scene.chance.choice(
        (
            lambda: scene.do("GetItem", TableName="nowhere", Key=key),
            lambda: scene.do("PutItem", TableName="nowhere", Item=key),
            lambda: scene.do("BatchGetItem", RequestItems={"nowhere": {"Keys": [key]}}),
            lambda: _transact(scene, {"Delete": {"TableName": "nowhere", "Key": key}}),
        )
    )()


def _other(scene: Scene, key: Item) -> Item:
    return next(other for other in scene.keys if other != key)


def _transact(scene: Scene, *actions: Params) -> None:
    scene.do("TransactWriteItems", TransactItems=list(actions))


_AMOUNTS: tuple[Callable[[Scene], None], ...] = (
    _gets, _get_twice, _writes, _write_twice, _actions, _action_twice, _transact_get_twice, _transact_gets,
    _megabytes, _token, _token, _two_in_one, _check_without_condition, _nowhere,
)  # fmt: skip
