"""The function behind the queue: sample events in, mails out, failures one by one."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.notify_customers.handler import handler
from infra.local.engine import Engine
from infra.local.engine.errors import ServiceError
from shared.aws.backorder_items import head_item, line_put
from shared.aws.notices_store import TableNotices
from shared.aws.table import Put, Table
from shared.kernel.clock import micros
from shared.runtime.metric_names import COST
from tests.unit.notifications.orders import ID, KEY, NOW, line, order

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:SigningSecret-abcdef"
EVENTS = Path(__file__).parents[3] / "events" / "notify_customers"
ENVIRONMENT = {
    "TABLE_NAME": "backorders",
    "MAIL_SENDER": "orders@shop.example",
    "MAIL_CONFIGURATION_SET": "backorders",
    "SIGNING_SECRET_ARN": SECRET,
    "PUBLIC_URL": "https://orders.shop.example",
    "POWERTOOLS_SERVICE_NAME": "notify-customers",
    "AWS_REGION": "eu-west-1",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def stored(table: Table, engine: Engine) -> None:
    engine.secrets.create_secret(SECRET, "SigningSecret")
    view = order(line(0, waiting=3), line(1, waiting=2))
    table.write(Put(head_item(view.head, view.head.lines), fresh=True))
    for each in view.lines:
        table.write(line_put(each))


def invoke(case: str) -> list[str]:
    """The message ids that have to come again."""
    event = json.loads((EVENTS / f"{case}.json").read_text())
    answer = handler(event, SimpleNamespace(aws_request_id="r-1", function_name="notify-customers"))
    return [failure["itemIdentifier"][-1] for failure in answer["batchItemFailures"]]


def metrics(output: str) -> dict[str, Any]:
    """Values of the metrics written to standard output."""
    found: dict[str, Any] = {}
    for text in output.splitlines():
        blob = json.loads(text)
        for group in blob.get("_aws", {}).get("CloudWatchMetrics", []):
            found |= {metric["Name"]: blob[metric["Name"]] for metric in group["Metrics"]}
    return found


@pytest.mark.usefixtures("stored")
def test_news_of_an_order_is_one_mail_and_one_counted(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("news_of_an_order") == []
    assert [mail["tags"]["backorder_id"] for mail in engine.ses.mailbox] == [ID]
    told = metrics(capsys.readouterr().out)
    assert told.pop(COST)[0] > 0
    assert 0 < told.pop("MailsPerOrderWeek")[0] <= 1
    assert told == {"MailsSent": [1.0]}


@pytest.mark.usefixtures("stored")
def test_the_same_order_twice_in_a_batch_is_one_mail(engine: Engine) -> None:
    assert invoke("the_same_order_twice") == []
    assert len(engine.ses.mailbox) == 1


@pytest.mark.usefixtures("stored")
def test_an_unreadable_message_fails_alone(engine: Engine) -> None:
    assert invoke("an_unreadable_message_beside_a_good_one") == ["1", "2"]
    assert len(engine.ses.mailbox) == 1


def test_an_order_that_does_not_exist_is_no_news(engine: Engine) -> None:
    assert invoke("an_order_that_does_not_exist") == []
    assert engine.ses.mailbox == []


def refusing(code: str, status: int) -> Any:
    def refuse(_caller: Any, service: str, *_: Any) -> None:
        if service == "sesv2":
            raise ServiceError(code, "no", status)

    return refuse


@pytest.mark.usefixtures("stored")
def test_a_refused_mail_comes_again(engine: Engine) -> None:
    engine.before.append(refusing("SendingPausedException", 400))
    assert invoke("news_of_an_order") == ["1"]
    engine.before.clear()
    assert invoke("news_of_an_order") == []
    assert len(engine.ses.mailbox) == 1


@pytest.mark.usefixtures("stored")
def test_news_above_the_sending_rate_fails_no_message_and_is_asked_about_within_the_hour(
    engine: Engine, table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.before.append(refusing("TooManyRequestsException", 429))
    assert invoke("news_of_an_order") == []
    assert list(TableNotices(table).untold(micros(NOW))) == [KEY]
    out = capsys.readouterr().out
    assert '"outcome":"throttled"' in out
    assert '"MailsThrottled":[1.0]' in out
    engine.before.clear()
    assert invoke("news_of_an_order") == []
    assert len(engine.ses.mailbox) == 1


@pytest.mark.usefixtures("stored")
def test_a_mail_of_unknown_outcome_is_counted_and_does_not_come_again(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    def lose(_caller: Any, service: str, *_: Any) -> None:
        if service == "sesv2":
            raise ConnectionResetError

    engine.after.append(lose)
    assert invoke("news_of_an_order") == []
    assert metrics(capsys.readouterr().out) == {"MailsUnanswered": [1.0]}
    assert len(engine.ses.mailbox) == 1


@pytest.mark.usefixtures("stored")
def test_no_log_line_holds_what_the_customer_wrote(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_caller: Any, service: str, *_: Any) -> None:
        if service == "sesv2":
            raise ServiceError("MessageRejected", "Address is not verified: ada@example.com")

    engine.before.append(refuse)
    invoke("news_of_an_order")
    engine.before.clear()
    invoke("news_of_an_order")
    output = capsys.readouterr().out
    assert "MessageRejected" in output
    assert "ada@example.com" not in output
    assert "Ada" not in output
