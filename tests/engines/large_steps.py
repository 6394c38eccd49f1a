"""Requests that reach the limits of a page: 1 MB of a query, 16 MB of a batch, 4 MB of a transaction."""

from __future__ import annotations

from tests.engines.scene import Scene
from tests.engines.service_steps import pages
from tests.engines.trace import TABLE, Item, Params

PARTITION = "large"
_ITEMS = 12


def _key(number: int) -> Item:
    return {"pk": {"S": PARTITION}, "sk": {"S": f"{number:02}"}}


def fill(scene: Scene) -> None:
    """Items of some hundred KB."""
    for _ in range(3):
        number = scene.chance.randrange(_ITEMS)
        text = "x" * scene.chance.choice((100_000, 250_000, 349_525, 400_000))
        scene.on_table("PutItem", Item=_key(number) | {"a": {"S": text}, "even": {"BOOL": number % 2 == 0}})


def query(scene: Scene) -> None:
    """All of them, page after page, without what makes them large."""
    params: Params = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": PARTITION}},
        "ProjectionExpression": "sk",
        "ScanIndexForward": scene.maybe(0.7),
    }
    if scene.maybe(0.4):
        params["FilterExpression"] = "even = :t"
        params["ExpressionAttributeValues"] = params["ExpressionAttributeValues"] | {":t": {"BOOL": True}}
    if scene.maybe(0.3):
        params["Limit"] = scene.chance.randint(2, 5)
    pages(scene, params)


def get_many(scene: Scene) -> None:
    """All of them at once; less than 16 MB."""
    keys = [_key(number) for number in range(_ITEMS)]
    scene.do("BatchGetItem", RequestItems={TABLE: {"Keys": keys, "ProjectionExpression": "sk"}})


def transact(scene: Scene) -> None:
    """An attribute more for each: what a transaction touches counts whole."""
    update = {"UpdateExpression": "SET more = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}
    actions = [{"Update": {"TableName": TABLE, "Key": _key(number)} | update} for number in range(_ITEMS)]
    scene.do("TransactWriteItems", TransactItems=actions)
