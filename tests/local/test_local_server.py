"""The server speaks HTTP on loopback: the API and the control endpoints."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from infra.local.clock import Clock
from infra.local.server import LocalServer
from tests.local import handlers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(world):
    with LocalServer(world) as running:
        yield running


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url, trust_env=False) as made:
        yield made


def is_problem(response, status):
    return (
        response.status_code == status
        and response.headers["content-type"] == "application/problem+json"
        and response.json()["status"] == status
        and response.json()["detail"]
    )


def test_ready_says_what_time_it_is(client):
    assert client.get("/_local/ready").json() == {"now": "2026-01-05T09:00:00Z"}


def test_the_ready_line_names_address_and_time(server):
    assert server.ready_line == f"ready {server.url} now=2026-01-05T09:00:00Z"


def test_it_listens_on_loopback_only(server):
    assert server.url.startswith("http://127.0.0.1:")


def test_a_token_opens_the_routes_of_its_scopes(client):
    token = client.post("/_local/token", json={"scopes": ["storefront"]}).json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    assert client.get("/things").status_code == 401
    assert client.get("/things", headers=headers).status_code == 200
    assert client.post("/things/7/operate", headers=headers).status_code == 403
    (event,) = handlers.events_of("front")
    assert event["requestContext"]["authorizer"]["jwt"]["claims"]["client_id"] == "local-shop"


def test_a_token_has_the_client_and_the_lifetime_asked_for(client):
    body = {"scopes": ["storefront", "operations"], "client": "other-shop", "ttl": "PT1H"}
    headers = {"authorization": "Bearer " + client.post("/_local/token", json=body).json()["token"]}
    assert client.get("/things", headers=headers).status_code == 200
    (event,) = handlers.events_of("front")
    assert event["requestContext"]["authorizer"]["jwt"]["claims"]["client_id"] == "other-shop"
    client.post("/_local/clock", json={"advance": "PT1H"})
    assert client.get("/things", headers=headers).status_code == 401


def test_control_requests_leave_the_clock_alone_and_others_tick_it(client):
    client.get("/_local/mail")
    client.get("/any")
    assert client.get("/_local/ready").json() == {"now": "2026-01-05T09:00:00.000001Z"}


def test_the_clock_advances_and_says_what_happened(client):
    answer = client.post("/_local/clock", json={"advance": "P1DT2H"}).json()
    assert answer["now"] == "2026-01-06T11:00:00Z"
    assert answer["elapsed_seconds"] == 26 * 3600
    assert (answer["schedules"], answer["invocations"], answer["errors"]) == (26, 26, 0)


def test_settle_says_what_happened(client, world):
    world.send("work", "a", DelaySeconds=5)
    answer = client.post("/_local/settle").json()
    assert (answer["now"], answer["messages"]) == ("2026-01-05T09:00:05Z", 1)


def test_the_mailbox_lists_every_mail_with_its_tags(client, world):
    mail = {
        "FromEmailAddress": "shop@example.com",
        "Destination": {"ToAddresses": ["anna@example.com"]},
        "Content": {
            "Simple": {"Subject": {"Data": "Hej"}, "Body": {"Text": {"Data": "t"}, "Html": {"Data": "<p>h</p>"}}}
        },
        "EmailTags": [
            {"Name": "kind", "Value": "promise-changed"},
            {"Name": "locale", "Value": "sv"},
            {"Name": "backorder_id", "Value": "bo_1"},
        ],
    }
    world.engine.execute("sesv2", "SendEmail", mail)
    assert client.get("/_local/mail").json() == [
        {
            "to": "anna@example.com",
            "kind": "promise-changed",
            "locale": "sv",
            "subject": "Hej",
            "text": "t",
            "html": "<p>h</p>",
            "sent_at": "2026-01-05T09:00:00Z",
            "backorder_id": "bo_1",
            "purchase_order_id": None,
            "headers": {},
            "attachments": [],
        }
    ]
    page = client.get("/_local/mailbox").text
    assert "Hej" in page
    assert "sandbox" in page


def test_dead_letters_are_listed_with_their_reason(client, world):
    def explode(event, context):
        raise ValueError("unreadable")

    handlers.scripts["worker"] = explode
    world.send("work", "poison")
    assert client.get("/_local/dead-letters").json() == {"items": []}
    client.post("/_local/settle")
    (item,) = client.get("/_local/dead-letters").json()["items"]
    assert (item["queue"], item["body"], item["reason"]) == ("work-dead", "poison", "worker: unreadable")


def test_a_dead_letter_tells_the_invocation_it_failed_in_and_the_log_can_be_asked_for_it(client, world):
    handlers.scripts["worker"] = lambda _event, _context: print("about to fail") or 1 / 0
    world.send("work", "poison")
    client.post("/_local/settle")
    (item,) = client.get("/_local/dead-letters").json()["items"]
    lines = client.get("/_local/logs", params={"function": "worker", "about": item["trace_id"]}).json()["items"]
    assert [line["request_id"] for line in lines] == [item["trace_id"]]
    assert "ZeroDivisionError" in lines[0]["line"]


def test_dead_letters_go_back_to_their_queue_all_or_by_name(client, world):
    def explode(event, context):
        raise ValueError("unreadable")

    handlers.scripts["worker"] = explode
    ids = [world.send("work", f"poison {n}") for n in range(3)]
    client.post("/_local/settle")
    (queue,) = [one for one in client.get("/_local/dead-letter-queues").json()["items"] if one["queue"] == "work-dead"]
    assert (queue["source"], queue["function"], queue["tries"], queue["count"]) == ("work", "worker", 3, 3)
    handlers.scripts.clear()
    handlers.calls.clear()
    one = {"queue": "work-dead", "only": [ids[1], "another"]}
    assert client.post("/_local/redrive", json=one).json() == {"moved": 1}
    assert client.post("/_local/redrive", json={"queue": "work-dead"}).json() == {"moved": 2}
    client.post("/_local/settle")
    assert sorted(sum(handlers.bodies_of("worker"), [])) == ["poison 0", "poison 1", "poison 2"]
    assert client.get("/_local/dead-letters").json() == {"items": []}


def test_events_logs_and_metrics_can_be_read(client, world):
    handlers.scripts["front"] = lambda _event, _context: print("hello")
    client.get("/any")
    entry = {"EventBusName": "shop", "Source": "shop", "DetailType": "order.recorded", "Detail": '{"n": 1}'}
    world.engine.execute("events", "PutEvents", {"Entries": [entry]})
    (event,) = client.get("/_local/events").json()["items"]
    assert (event["bus"], event["detail-type"], event["detail"]) == ("shop", "order.recorded", {"n": 1})
    (line,) = client.get("/_local/logs", params={"function": "front", "limit": 5}).json()["items"]
    assert (line["function"], line["line"]) == ("front", "hello")
    assert client.get("/_local/logs", params={"function": "worker"}).json() == {"items": []}
    names = [metric["name"] for metric in client.get("/_local/metrics").json()["items"]]
    assert names == ["4xx", "5xx", "Count", "Latency", "Duration", "Errors", "Invocations"]


def test_the_audit_is_run_over_the_table(client, world):
    assert client.post("/_local/invariants").json() == {"violations": []}
    names = ("received", "corrections", "allocated", "released", "shipped", "waiting", "on_order", "short")
    stock = {"pk": {"S": "I#A"}, "sk": {"S": "STOCK"}, "kind": {"S": "stock"}, "sku": {"S": "A"}, "free": {"N": "7"}}
    item = stock | {"inbound": {"M": {}}} | {name: {"N": "0"} for name in names}
    world.engine.execute("dynamodb", "PutItem", {"TableName": "things", "Item": item})
    (found, *_) = client.post("/_local/invariants").json()["violations"]
    assert (found["rule"], found["where"]) == ("stock_adds_up", "A")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_local/clock", "{"),
        ("/_local/clock", "[]"),
        ("/_local/clock", "{}"),
        ("/_local/clock", '{"advance": 5}'),
        ("/_local/clock", '{"advance": "5 days"}'),
        ("/_local/clock", '{"advance": "P1M"}'),
        ("/_local/clock", '{"advance": "PT1H", "back": true}'),
        ("/_local/token", "{}"),
        ("/_local/token", '{"scopes": "storefront"}'),
        ("/_local/token", '{"scopes": ["kitchen"]}'),
        ("/_local/token", '{"scopes": [], "ttl": "soon"}'),
        ("/_local/token", '{"scopes": [], "client": ""}'),
        ("/_local/settle", '{"fast": true}'),
        ("/_local/redrive", "{}"),
        ("/_local/redrive", '{"queue": "work"}'),
        ("/_local/redrive", '{"queue": "work-dead", "only": "all"}'),
        ("/_local/note-redrive", '{"queue": "work-dead", "only": []}'),
        ("/_local/note-redrive", '{"queue": "nothing", "only": [], "reason": "why"}'),
    ],
)
def test_bad_control_input_is_a_problem(client, path, body):
    assert is_problem(client.post(path, content=body), 400)


def test_unknown_control_endpoints_and_methods_are_problems(client):
    assert is_problem(client.get("/_local/nothing"), 404)
    assert is_problem(client.get("/_local/settle"), 405)


def test_the_front_page_leads_to_everything(client):
    page = client.get("/_local/").text
    for path in ("/_local/mailbox", "/_local/dead-letters", "/_local/clock", "/_local/dashboard"):
        assert path in page
    assert "GET /things/{id}" in page
    assert client.get("/_local").text == page


def test_a_dashboard_has_a_page_of_its_own_over_a_time_of_ones_choice(stack, make_world):
    widget = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 2, "properties": {"markdown": "# Hello"}}
    stack["Resources"]["Board"] = {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": "shop", "DashboardBody": json.dumps({"widgets": [widget]})},
    }
    with LocalServer(make_world(stack)) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        assert "<h1>Hello</h1>" in client.get("/_local/dashboard").text
        page = client.get("/_local/dashboard/shop?range=P1D").text
        assert "2026-01-04 09:00 to 2026-01-05 09:00 UTC" in page
        assert is_problem(client.get("/_local/dashboard/shop?range=long"), 400)
        assert is_problem(client.get("/_local/dashboard/other"), 404)


def test_a_connection_is_kept_for_many_requests(server):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    for _ in range(3):
        connection.request("PUT", "/any", body="x", headers={"Content-Type": "text/plain"})
        response = connection.getresponse()
        assert response.status == 200
        response.read()
    assert connection.sock is not None
    connection.close()
    assert [event["body"] for event in handlers.events_of("front")] == ["x"] * 3


def test_answers_do_not_wait_for_the_network_to_fill_packets(client):
    client.get("/any")
    began = time.monotonic()
    for _ in range(50):
        client.get("/any")
    assert (time.monotonic() - began) / 50 < 0.035  # a delayed acknowledgement costs 0.04


def test_a_body_in_chunks_is_understood(client):
    def pieces():
        yield b"one, "
        yield b"two"

    client.put("/any", content=pieces(), headers={"content-type": "text/plain"})
    assert handlers.events_of("front")[0]["body"] == "one, two"


def test_a_body_above_ten_megabytes_is_refused_and_the_client_hears_it(client):
    response = client.post("/any", content=b" " * (10 * 1024 * 1024 + 1))
    assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})


def test_a_length_that_is_no_number_is_a_problem(server):
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as raw:
        raw.sendall(b"POST /any HTTP/1.1\r\nhost: x\r\ncontent-length: many\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 400 ")


def test_a_head_request_gets_no_body(client):
    response = client.head("/things")
    assert (response.status_code, response.content) == (200, b"")


def test_a_fault_of_the_runner_is_told_apart_from_one_of_the_service(client, world, monkeypatch, capsys):
    def broken(request):
        raise RuntimeError("runner is broken")

    monkeypatch.setattr(world.gateway, "handle", broken)
    assert is_problem(client.get("/any"), 500)
    assert "runner is broken" in client.get("/any").json()["detail"]
    assert "runner is broken" in capsys.readouterr().err


def test_while_the_clock_runs_work_happens_by_itself(stack, make_world):
    world = make_world(stack, Clock(runs=True))
    with LocalServer(world):
        world.send("work", "a")
        deadline = time.monotonic() + 5
        while not handlers.events_of("worker") and time.monotonic() < deadline:
            time.sleep(0.01)
    assert handlers.bodies_of("worker") == [["a"]]


def serve(arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_serving_from_the_command_line_prints_one_line_and_ends_when_told():
    with serve(["serve"], PORT="0", START="2011-01-04T10:00:00+00:00") as process:
        line = process.stdout.readline()
        word, url, now = line.split()
        assert (word, now) == ("ready", "now=2011-01-04T10:00:00Z")
        assert httpx.get(f"{url}/_local/ready", trust_env=False).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout.read() == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        ([], {}),
        (["serve"], {"START": "yesterday"}),
        (["serve"], {"START": "1969-12-31T00:00:00Z"}),
        (["serve"], {"START": "9999-12-31T00:00:00Z"}),
        (["serve"], {"CLOCK": "fast"}),
        (["serve"], {"PORT": "many"}),
        (["serve"], {"PORT": "99999"}),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments, environment):
    with serve(arguments, **environment) as process:
        assert process.wait(60) == 2
        told = process.stderr.read()
        assert "Traceback" not in told
        assert all(name in told for name in environment)
