"""The table in memory does what the real class does over the local engine, whatever is written to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any, TypeVar

import pytest

from infra.local.function import environment_of
from infra.local.world import World
from shared.aws.table import Check, ConditionLost, Delete, Put, Table, Update, Write
from shared.kernel.errors import ServiceError
from tests.simulation.ports.door import Read
from tests.simulation.ports.rows import Rows
from tests.simulation.ports.table import MemoryTable

T = TypeVar("T")

_CONDITIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("attribute_exists(pk)", {}),
    ("attribute_not_exists(#n)", {}),
    ("#n = :one", {"one": 1}),
    ("#n <> :one", {"one": 1}),
    ("#flag = :no", {"no": False}),
    ("#n >= :one AND #text < :text", {"one": 1, "text": "n"}),
    ("#n = :one OR NOT attribute_exists(#flag)", {"one": 1}),
    ("NOT contains(#list, :two) AND attribute_not_exists(#flag)", {"two": 2}),
    ("size(#list) = :two AND #n > :text", {"two": 2, "text": "a"}),
    ("#text IN (:a, :b)", {"a": "a", "b": "m"}),
)
SEEDS = 60
_WRITES = 40


class OpenDoor:
    """Nothing happens to a call."""

    def call(self, operation: str, do: Callable[[Read], T], several: int = 1) -> T:  # noqa: ARG002 - the door's shape
        return do(Read())


@pytest.fixture(scope="module")
def engine_table() -> Iterator[Table]:
    with World.boot() as world, pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(next(iter(world.lambdas.functions.values())), "").items():
            patch.setenv(name, value)
        (table,) = world.template.of_type("AWS::DynamoDB::Table")
        yield Table(table.name)


def a_key(chance: Random, n: int) -> dict[str, str]:
    return {"pk": f"P{n}", "sk": chance.choice("ABCDEF")}


def a_value(chance: Random) -> Any:
    return chance.choice((0, 1, 2, True, False, "a", "m", "z", [1, 2], (2, "x"), {"in": 1}, None))


def an_item(chance: Random, n: int) -> dict[str, Any]:
    item: dict[str, Any] = a_key(chance, n)
    item |= {name: a_value(chance) for name in ("n", "flag", "text", "list", "map") if chance.random() < 0.6}
    if chance.random() < 0.4:
        item |= {"gsi1pk": f"G{n}", "gsi1sk": chance.choice("KLM")}
    return item


def a_write(chance: Random, n: int) -> Write:
    when, values = chance.choice(_CONDITIONS) if chance.random() < 0.6 else (None, {})
    kind = chance.randrange(5)
    if kind == 0:
        return Put(an_item(chance, n), when=when, values=values)
    if kind == 1:
        return Put(an_item(chance, n), fresh=True)
    if kind == 2:
        return Delete(a_key(chance, n), when=when, values=values)
    if kind == 3 and when:
        return Check(a_key(chance, n), when=when, values=values)
    sets = {chance.choice(("text", "gsi1sk")): chance.choice("abz")}
    return Update(
        a_key(chance, n),
        set=sets if chance.random() < 0.5 else {},
        plus={"count": chance.choice((-1, 3))},
        append={"log": [[1, "x"]]} if chance.random() < 0.5 else {},
        remove=("flag",) if chance.random() < 0.3 else (),
        when=when,
        values=values,
    )


def outcome(do: Callable[[], object]) -> str:
    try:
        do()
    except ConditionLost as lost:
        return f"lost {lost.lost}"
    except ServiceError as error:
        return type(error).__name__
    return "done"


def shown(table: Table, n: int) -> tuple[Any, ...]:
    keys = [{"pk": f"P{n}", "sk": sk} for sk in "ABCDEF"]
    everything = list(table.query(f"P{n}"))
    return (
        everything,
        [table.get(key) for key in keys],
        table.get_many(keys),
        list(table.query(f"P{n}", first="B", last="D", page=1)),
        list(table.query(f"P{n}", after="D", backwards=True)),
        list(table.query(f"P{n}", prefix="C", keep="#n > :none", values={"none": 0})),
        list(table.query_index(f"G{n}", page=2)),
    )


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_same_writes_come_to_the_same_end(seed: int, engine_table: Table) -> None:
    chance = Random(f"writes {seed}")
    memory = MemoryTable(Rows(lambda old, new: None), OpenDoor())
    for _ in range(_WRITES):
        writes = [a_write(chance, seed) for _ in range(chance.choice((1, 1, 2, 3)))]
        if len({(key["pk"], key["sk"]) for key in map(key_of, writes)}) < len(writes):
            continue
        ends = [outcome(partial(table.transact, writes)) for table in (engine_table, memory)]
        assert ends[0] == ends[1], writes
        assert shown(engine_table, seed) == shown(memory, seed), writes


def key_of(write: Write) -> Any:
    return write.item if isinstance(write, Put) else write.key


def test_what_cannot_be_stored_is_refused_as_the_real_one_refuses_it(engine_table: Table) -> None:
    memory = MemoryTable(Rows(lambda old, new: None), OpenDoor())
    for table in (engine_table, memory):
        with pytest.raises(TypeError):
            table.write(Put({"pk": "F", "sk": "F", "price": 1.5}))


def test_nobody_changes_what_is_stored() -> None:
    memory = MemoryTable(Rows(lambda old, new: None), OpenDoor())
    item = {"pk": "A", "sk": "A", "list": [1]}
    memory.write(Put(item))
    item["list"].append(2)  # type: ignore[attr-defined]
    read = memory.get({"pk": "A", "sk": "A"})
    assert read is not None
    read["list"].append(3)
    assert memory.get({"pk": "A", "sk": "A"}) == {"pk": "A", "sk": "A", "list": [1]}


def test_a_transaction_is_all_or_none_and_its_token_makes_a_repeat_harmless() -> None:
    memory = MemoryTable(Rows(lambda old, new: None), OpenDoor())
    first, second = ({"pk": "A", "sk": sk} for sk in "AB")
    memory.write(Put(dict(first)))
    with pytest.raises(ConditionLost) as lost:
        memory.transact([Put(dict(second), fresh=True), Put(dict(first), fresh=True)])
    assert lost.value.lost == (1,)
    assert memory.get(second) is None
    for _ in range(2):
        memory.transact([Put(dict(second), fresh=True), Update(first, plus={"n": 1})], token="t")
    assert memory.get(first) == first | {"n": 1}
