"""Requests with expressions of the whole grammar, and queries with everything a query may ask."""

from __future__ import annotations

from tests.engines import expressions
from tests.engines.expressions import Writer
from tests.engines.scene import INDEXED, SORTS, Scene
from tests.engines.service_steps import pages
from tests.engines.trace import INDEX, TABLE, Item, Params

_RETURNED = ("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW")


def put(scene: Scene) -> None:
    """A put, with a condition or without."""
    w = Writer(scene.chance)
    params: Params = {"Item": item(scene, scene.key())}
    if scene.maybe(0.6):
        params["ConditionExpression"] = expressions.condition(w)
        if scene.maybe(0.5):
            params["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if scene.maybe(0.3):
        params["ReturnValues"] = "ALL_OLD"
    scene.on_table("PutItem", **params, **w.placeholders())


def item(scene: Scene, key: Item) -> Item:
    """A whole item of many types, sometimes in the index, sometimes only by half."""
    placed = scene.index_keys() if scene.maybe(0.5) else {}
    if placed and scene.maybe(0.15):
        del placed[scene.chance.choice(("gsi1pk", "gsi1sk"))]
    return key | expressions.rich_item(scene.chance) | placed


def update(scene: Scene) -> None:
    """An update, with a condition or without."""
    w = Writer(scene.chance)
    params: Params = {"Key": scene.key()}
    if scene.maybe(0.95):
        params["UpdateExpression"] = expressions.update(w)
    if scene.maybe(0.3):
        params["ConditionExpression"] = expressions.condition(w)
        if scene.maybe(0.3):
            params["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if scene.maybe(0.5):
        params["ReturnValues"] = scene.chance.choice(_RETURNED)
    scene.on_table("UpdateItem", **params, **w.placeholders())


def delete(scene: Scene) -> None:
    """A delete, with a condition or without."""
    w = Writer(scene.chance)
    params: Params = {"Key": scene.key()}
    if scene.maybe(0.6):
        params["ConditionExpression"] = expressions.condition(w)
    if scene.maybe(0.5):
        params["ReturnValues"] = "ALL_OLD"
    scene.on_table("DeleteItem", **params, **w.placeholders())


def get(scene: Scene) -> None:
    """A read of some attributes."""
    w = Writer(scene.chance)
    projection = expressions.projection(w)
    scene.on_table("GetItem", Key=scene.key(), ProjectionExpression=projection, **w.placeholders())


def scan(scene: Scene) -> None:
    """A filter over everything: the way to see a condition on many items at once."""
    w = Writer(scene.chance)
    params: Params = {"FilterExpression": expressions.condition(w, 3)}
    if scene.maybe(0.3):
        params["Select"] = "COUNT"
    if scene.maybe(0.2):
        params["IndexName"] = INDEX
    scene.on_table("Scan", **params, **w.placeholders())


def query(scene: Scene) -> None:
    """A query of table or index, with limits, filters, projections, backwards, page after page."""
    w = Writer(scene.chance)
    in_index = scene.maybe(0.35)
    pk, sk = ("gsi1pk", "gsi1sk") if in_index else ("pk", "sk")
    partition = scene.chance.choice(INDEXED) if in_index else scene.key()["pk"]["S"]
    condition = f"{w.path(pk)} = {w.value({'S': partition})}"
    if scene.maybe(0.6):
        condition += " AND " + _sort_condition(scene, w, sk, ("0001", "0002", "0004") if in_index else SORTS)
    params: Params = {"KeyConditionExpression": condition}
    if in_index:
        params["IndexName"] = INDEX
    elif scene.maybe(0.5):
        params["ConsistentRead"] = True
    _add_choices(scene, w, params, in_index)
    pages(scene, params | w.placeholders())


def _sort_condition(scene: Scene, w: Writer, name: str, pool: tuple[str, ...]) -> str:
    kind = scene.chance.choice(("=", "<", "<=", ">", ">=", "begins_with", "BETWEEN"))
    one, two = sorted(scene.chance.choices(pool, k=2))
    if kind == "begins_with":
        return f"begins_with({w.path(name)}, {w.value({'S': one[:2]})})"
    if kind == "BETWEEN":
        return f"{w.path(name)} BETWEEN {w.value({'S': one})} AND {w.value({'S': two})}"
    return f"{w.path(name)} {kind} {w.value({'S': one})}"


def _add_choices(scene: Scene, w: Writer, params: Params, in_index: bool) -> None:
    if scene.maybe(0.5):
        params["Limit"] = scene.chance.randint(1, 4)
    if scene.maybe(0.4):
        params["ScanIndexForward"] = scene.maybe(0.3)
    if scene.maybe(0.4):
        params["FilterExpression"] = expressions.condition(w)
    if scene.maybe(0.2):
        params["Select"] = scene.chance.choice(("COUNT", "ALL_PROJECTED_ATTRIBUTES" if in_index else "ALL_ATTRIBUTES"))
    elif scene.maybe(0.3):
        params["ProjectionExpression"] = "pk, gsi1sk" if in_index else expressions.projection(w)


def transact(scene: Scene) -> None:
    """Several writes at once, some of which may not hold or not fit."""
    actions = [_action(scene, key) for key in scene.some_keys(1, 4)]
    scene.do("TransactWriteItems", TransactItems=actions)


def _action(scene: Scene, key: Item) -> Params:
    w = Writer(scene.chance)
    kind = scene.chance.choice(("Put", "Update", "Update", "Delete", "ConditionCheck"))
    params: Params = {"TableName": TABLE}
    if kind == "Put":
        params["Item"] = item(scene, key)
    else:
        params["Key"] = key
    if kind == "Update":
        params["UpdateExpression"] = expressions.update(w)
    if kind == "ConditionCheck" or scene.maybe(0.3):
        params["ConditionExpression"] = expressions.condition(w, 1)
        if scene.maybe(0.5):
            params["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return {kind: params | w.placeholders()}


def transact_get(scene: Scene) -> None:
    """A consistent look at several items."""
    gets = []
    for key in scene.some_keys(1, 4):
        w = Writer(scene.chance)
        asked = {"ProjectionExpression": expressions.projection(w)} if scene.maybe(0.5) else {}
        gets.append({"Get": {"TableName": TABLE, "Key": key} | asked | w.placeholders()})
    scene.do("TransactGetItems", TransactItems=gets)


def batch_get(scene: Scene) -> None:
    """A batch of reads of some attributes."""
    w = Writer(scene.chance)
    request = {"Keys": scene.some_keys(1, 6), "ProjectionExpression": expressions.projection(w) + ", pk, sk"}
    scene.do("BatchGetItem", RequestItems={TABLE: request | w.placeholders()})


def batch_write(scene: Scene) -> None:
    """Puts and deletes in one batch."""
    requests: list[Params] = []
    for key in scene.some_keys(1, 6):
        if scene.maybe(0.6):
            requests.append({"PutRequest": {"Item": item(scene, key)}})
        else:
            requests.append({"DeleteRequest": {"Key": key}})
    scene.do("BatchWriteItem", RequestItems={TABLE: requests})
