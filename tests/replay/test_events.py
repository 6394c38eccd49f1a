"""Every sample event, given to the real handler, has the effect that is written down beside it.

`events/<function>/<case>.json` is the event as AWS sends it; `expect/<function>/<case>.json` says

    given     scene of `seed.py` before it (left out: nothing)
    answer    what the handler returns; an HTTP body may be written as the JSON it contains
    shows     what that answer, a text, contains besides
    error     instead: the kind of error the invocation ends with
    then      what the API says afterwards: {"GET /v1/...": body}
    messages  on which queues which messages lie afterwards, in order
    mails     mails sent
    requests  webhook requests that receivers got, in order: {"url", "headers", "body", "status"}
    events    events published on the bus, in order: a type, or {"type": ..., "data": {...}}

Objects are compared by the members that are written down, lists by all elements; "<any>" fits everything.
A new pair of files is a new test.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flow.published import ours, wrong
from tests.functions.documented import assert_documented
from tests.functions.service import DEAD, QUEUES, Reply, Service
from tests.replay import seed

ROOT = Path(__file__).parents[2]
EXPECT = Path(__file__).parent / "expect"
MEMBERS = {"given", "answer", "shows", "error", "then", "messages", "mails", "events", "requests"}


def cases(folder: Path) -> set[str]:
    return {f"{path.parent.name}/{path.stem}" for path in folder.glob("*/*.json")}


EVENTS = sorted(cases(ROOT / "events"))


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def differences(wanted: Any, got: Any, where: str = "") -> list[str]:
    """Where `got` is not what is wanted."""
    if wanted == "<any>":
        return []
    if isinstance(wanted, dict) and isinstance(got, dict):
        missing = [f"{where}/{name} is missing" for name in wanted.keys() - got.keys()]
        inner = [differences(wanted[name], got[name], f"{where}/{name}") for name in wanted.keys() & got.keys()]
        return missing + [one for found in inner for one in found]
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        pairs = enumerate(zip(wanted, got, strict=True))
        return [one for n, (want, have) in pairs for one in differences(want, have, f"{where}/{n}")]
    return [] if wanted == got and type(wanted) is type(got) else [f"{where} is {got!r}, not {wanted!r}"]


def test_every_event_has_an_expectation_and_the_other_way_round() -> None:
    assert cases(EXPECT) == set(EVENTS)


def test_every_function_has_an_event() -> None:
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert {case.partition("/")[0] for case in EVENTS} == functions


@pytest.mark.parametrize("case", EVENTS)
def test_an_event_has_the_effect_that_is_expected_of_it(case: str, service: Service) -> None:
    event, expect = load(ROOT / "events" / f"{case}.json"), load(EXPECT / f"{case}.json")
    assert set(expect) <= MEMBERS
    assert {"answer", "error"} & set(expect), "an expectation says what the handler answers"
    getattr(seed, expect.get("given", "nothing"))(service)
    function = case.partition("/")[0]
    if "error" in expect:
        with pytest.raises(Exception) as raised:  # noqa: PT011 - its kind is compared below
            service.invoke(function, event)
        assert type(raised.value).__name__ == expect["error"]
    else:
        answer = service.invoke(function, event)
        if function == "api":
            answer = read(answer, event, documented=event["routeKey"] != "$default")
        assert differences(expect["answer"], answer) == []
        assert [text for text in expect.get("shows", []) if text not in answer] == []
    assert effects(service, expect) == []


def effects(service: Service, expect: dict[str, Any]) -> list[str]:
    """What is otherwise than expected after the event."""
    found: list[str] = []
    for request, body in expect.get("then", {}).items():
        method, target = request.split(" ", 1)
        found += differences(body, service.call(method, target).json, request)
    for name in sorted({*expect.get("messages", {})}):
        assert name in {*QUEUES, DEAD}
        lie = [json.loads(message.body) for message in service.engine.sqs.queue(name).messages()]
        found += differences(expect["messages"][name], lie, name)
    if "mails" in expect:
        found += differences(expect["mails"], list(service.engine.ses.mailbox), "mails")
    if "requests" in expect:
        found += differences(expect["requests"], requests(service), "requests")
    found += wrong(ours(service.engine.events))
    if "events" in expect:
        wanted = [one if isinstance(one, dict) else {"type": one} for one in expect["events"]]
        found += differences(wanted, published(service), "events")
    return found


def published(service: Service) -> list[Any]:
    """Type and data of what lies on the bus."""
    envelopes = [one.envelope for one in service.engine.events.published]
    return [{"type": one["detail-type"], "data": dict(one["detail"])["data"]} for one in envelopes]


def requests(service: Service) -> list[Any]:
    """What the receivers of webhooks got."""
    return [
        {"url": one.url, "headers": dict(one.headers), "body": json.loads(one.body), "status": one.status}
        for one in service.receivers.received
    ]


def read(answer: Any, event: dict[str, Any], *, documented: bool) -> Any:
    """An HTTP answer with its body as JSON (a page stays text), held against the API's description."""
    reply = Reply(answer["statusCode"], answer["headers"], answer["body"])
    method, _, path = event["routeKey"].partition(" ")
    if documented:
        assert_documented(reply, method, path)
    return answer if reply.page else {**answer, "body": reply.json}


def test_the_comparison_finds_what_differs() -> None:
    wanted = {"a": 1, "b": [{"c": 2}, "<any>"]}
    assert differences(wanted, {"a": 1, "b": [{"c": 2, "d": 3}, 4], "e": 5}) == []
    for other in ({"a": 1}, {"a": 2, "b": wanted["b"]}, {"a": True, "b": wanted["b"]}, {"a": 1, "b": [{"c": 2}]}):
        assert differences(wanted, other) != []
