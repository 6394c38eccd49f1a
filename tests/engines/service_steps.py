"""Requests of the forms that the service makes, on few keys and with few values, so that they meet each other."""

from __future__ import annotations

import re
from functools import cache

from tests.engines import vocabulary
from tests.engines.scene import INDEXED, SORTS, Scene
from tests.engines.trace import INDEX, INDEX_KEYS, KEYS, TABLE, Item, Params
from tests.engines.vocabulary import Form

_COMPARED = re.compile(r"(?P<size>size\()?(?P<name>#\w+)\)? (?P<operator>=|<>|<=|<|>=|>) (?P<value>:\w+)")
_CONTAINED = re.compile(r"contains\((?P<name>#\w+), (?P<value>:\w+)\)")
_ASSIGNED = re.compile(r"(?P<name>#\w+) = (?P<value>:\w+)")
_TRUE = 0.85  # how often a condition is given what makes it true
_ATTRIBUTES = 0.6  # how many of a thing's attributes it has
_STEP = {"<": 1, ">": -1}


@cache
def _forms() -> dict[str, list[Form]]:
    sorted_by_kind: dict[str, list[Form]] = {}
    for form in vocabulary.load():
        kind = form.kind if form.alone else f"in a transaction {form.kind}"
        sorted_by_kind.setdefault(kind, []).append(form)
    return sorted_by_kind


def put(scene: Scene) -> None:
    """A put of a kind that the service has."""
    scene.on_table("PutItem", **_write(scene, scene.chance.choice(_forms()["Put"]), scene.key()))


def furnish(scene: Scene) -> None:
    """Things of the service's kinds to begin with."""
    forms = [form for form in _forms()["Put"] + _forms()["in a transaction Put"] if form.item]
    for key in scene.some_keys(2, 4):
        scene.on_table("PutItem", Item=_item(scene, scene.chance.choice(forms), key))


def update(scene: Scene) -> None:
    """An update as a worker makes it."""
    scene.on_table("UpdateItem", **_write(scene, scene.chance.choice(_forms()["Update"]), scene.key()))


def delete(scene: Scene) -> None:
    """A delete as a worker makes it."""
    scene.on_table("DeleteItem", **_write(scene, scene.chance.choice(_forms()["Delete"]), scene.key()))


def get(scene: Scene) -> None:
    """A consistent read."""
    scene.on_table("GetItem", Key=scene.key(), ConsistentRead=True)


def get_many(scene: Scene) -> None:
    """A batch of reads, of what is there and what is not."""
    scene.do("BatchGetItem", RequestItems={TABLE: {"Keys": scene.some_keys(1, 6), "ConsistentRead": True}})


def write_many(scene: Scene) -> None:
    """A batch of directory entries, or of deletes."""
    if scene.maybe(0.6):
        entries = [{"PutRequest": {"Item": key | {"kind": {"S": "entry"}}}} for key in scene.some_keys(1, 5)]
    else:
        entries = [{"DeleteRequest": {"Key": key}} for key in scene.some_keys(1, 3)]
    scene.do("BatchWriteItem", RequestItems={TABLE: entries})


def transact(scene: Scene) -> None:
    """Several writes at once, with or without a token."""
    actions = []
    for key in scene.some_keys(1, 5):
        kind = scene.chance.choices(("Update", "Put", "ConditionCheck", "Delete"), (10, 4, 2, 1))[0]
        form = scene.chance.choice(_forms()[f"in a transaction {kind}"])
        action = {"TableName": TABLE, **_write(scene, form, key)}
        if form.expressions.get("ConditionExpression") and scene.maybe(0.3):
            action["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        actions.append({kind: action})
    params: Params = {"TransactItems": actions}
    if scene.maybe(0.5):
        params["ClientRequestToken"] = f"{scene.seed}-{scene.serial()}"
        scene.done.append(params)
    scene.do("TransactWriteItems", **params)


def transact_again(scene: Scene) -> None:
    """A transaction repeated with its token: unchanged after a lost answer, or, by mistake, with other content."""
    if not scene.done:
        transact(scene)
        return
    params = scene.chance.choice(scene.done)
    if scene.maybe(0.3):
        other = {"TransactItems": [{"Delete": {"TableName": TABLE, "Key": scene.key()}}]}
        scene.do("TransactWriteItems", **(params | other))
    else:
        scene.do("TransactWriteItems", **params)


def query(scene: Scene) -> None:
    """A query as the stores make it, and the pages that follow."""
    form = scene.chance.choice(_forms()["Query"])
    in_index = form.fixed.get("IndexName") == INDEX
    texts = {":pk": scene.chance.choice(INDEXED) if in_index else scene.key()["pk"]["S"]}
    edges = sorted(scene.chance.choices(("0001", "0003") if in_index else SORTS, k=2))
    texts |= {
        ":first": edges[0],
        ":last": edges[1],
        ":prefix": scene.chance.choice(("L#", "L#1", "R#", "", "0"))[:2] or "L",
    }
    values = {name: {"S": texts[name]} if name in texts else scene.value(kind) for name, kind in form.values.items()}
    params: Params = {
        **form.fixed,
        **form.expressions,
        "ExpressionAttributeNames": form.names,
        "ExpressionAttributeValues": values,
    }
    if form.limited or scene.maybe(0.5):
        params["Limit"] = scene.chance.randint(1, 4)
    pages(scene, params)


def pages(scene: Scene, params: Params) -> None:
    """A query and, mostly, the pages after its first; what a page ended with may be gone, or elsewhere, before the
    next."""
    outcome = scene.on_table("Query", **params)
    for _ in range(3):
        last = outcome.body.get("LastEvaluatedKey")
        if not last or scene.maybe(0.2):
            return
        if scene.maybe(0.2):
            _move(scene, {name: last[name] for name in KEYS})
        outcome = scene.on_table("Query", **(params | {"ExclusiveStartKey": last}))


def _move(scene: Scene, key: Item) -> None:
    """Delete an item, or give it a later place in the index, or none."""
    kind = scene.chance.choice(("delete", "later", "none"))
    if kind == "delete":
        scene.on_table("DeleteItem", Key=key)
    elif kind == "later":
        places = {":p": {"S": scene.chance.choice(INDEXED)}, ":s": {"S": scene.serial()}}
        update = "SET gsi1pk = :p, gsi1sk = :s"
        scene.on_table("UpdateItem", Key=key, UpdateExpression=update, ExpressionAttributeValues=places)
    else:
        scene.on_table("UpdateItem", Key=key, UpdateExpression="REMOVE gsi1sk")


def _write(scene: Scene, form: Form, key: Item) -> Params:
    """The members of a write of this form, but for the table's name."""
    names = scene.members(form.names)
    params: Params = {**form.fixed, **form.expressions}
    if names:
        params["ExpressionAttributeNames"] = names
    if form.values:
        params["ExpressionAttributeValues"] = _values(scene, form, names, key)
    if form.item is not None:
        return params | {"Item": _item(scene, form, key)}
    return params | {"Key": key}


def _item(scene: Scene, form: Form, key: Item) -> Item:
    assert form.item is not None
    names = [name for name in form.item if name not in (*INDEX_KEYS, "kind_") and scene.maybe(_ATTRIBUTES)]
    item = {name: scene.value(form.item[name]) for name in names}
    placed = scene.index_keys() if INDEX_KEYS[0] in form.item else {}
    return key | item | placed


def _values(scene: Scene, form: Form, names: dict[str, str], key: Item) -> Params:
    values = {name: scene.value(kind) for name, kind in form.values.items()}
    here = scene.item(key)
    condition = form.expressions.get("ConditionExpression", "")
    if scene.maybe(_TRUE):
        for found in _COMPARED.finditer(condition):
            wanted = _fulfilling(found, here.get(names[found["name"]]))
            if wanted is not None:
                values[found["value"]] = wanted
    for found in _CONTAINED.finditer(condition):
        elements = here.get(names[found["name"]], {}).get("L")
        if elements and scene.maybe(0.3):
            values[found["value"]] = scene.chance.choice(elements)
    placed = scene.index_keys()
    for found in _ASSIGNED.finditer(form.expressions.get("UpdateExpression", "")):
        if names[found["name"]] in placed:
            values[found["value"]] = placed[names[found["name"]]]
    return values


def _fulfilling(found: re.Match[str], value: Params | None) -> Params | None:
    """What makes a comparison true; None where there is nothing to compare with."""
    if value is None:
        return None
    if found["size"]:
        return {"N": str(len(next(iter(value.values()))))} if "L" in value or "M" in value else None
    step = _STEP.get(found["operator"])
    if step is None:
        return None if found["operator"] == "<>" else value
    return {"N": str(int(value["N"]) + step)} if "N" in value else None
