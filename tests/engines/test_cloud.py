"""The same traces on a real table, when there is an account; and that nothing but that table can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.credentials import Credentials

from infra.local.engine import transport
from tests.engines.cloud import Cloud, account, made, missing, renamed, unique_name
from tests.engines.comparison import Difference, Match
from tests.engines.gaps import explain
from tests.engines.generate import draw
from tests.engines.servers import ministack_server
from tests.engines.trace import TABLE, Params
from tests.engines.wires import Ours

TRACES = 50


@pytest.mark.cloud
def test_aws_answers_the_same(request: pytest.FixtureRequest) -> None:
    """Costs some cents of requests. Never by chance: only if the marker is asked for."""
    if "cloud" not in request.config.getoption("-m"):
        pytest.skip("a table in your account is made only on request: pytest -m cloud")
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    with account() as cloud:
        match = Match(Ours(), [cloud], lambda _: None)
        found = [str(difference) for seed in range(1, TRACES + 1) for difference in match.play(draw(seed))]
    assert found == []


def test_no_request_can_name_another_table() -> None:
    key = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    assert renamed({"TableName": "nowhere", "Key": key}, "own") == {"TableName": "own-nowhere", "Key": key}
    assert renamed({"RequestItems": {TABLE: {"Keys": [key]}, "x": []}}, "own")["RequestItems"].keys() == {
        "own",
        "own-x",
    }
    actions = {"TransactItems": [{"Put": {"TableName": TABLE, "Item": {"TableName": {"S": TABLE}}}}]}
    assert renamed(actions, "own") == {
        "TransactItems": [{"Put": {"TableName": "own", "Item": {"TableName": {"S": TABLE}}}}]
    }


def test_every_request_of_every_trace_is_renamed() -> None:
    for seed in range(1, 60):
        for step in draw(seed).steps:
            told = str(renamed(step.params, "own"))
            assert f"'TableName': '{TABLE}'" not in told
            assert "'TableName': 'nowhere'" not in told
            assert f"{{'{TABLE}':" not in told


@pytest.mark.slow
def test_the_run_makes_its_table_uses_it_signed_and_deletes_it(tmp_path: Path) -> None:
    transport.uninstall()  # whatever world another test of this process has left open
    with ministack_server(tmp_path) as url:
        cloud = Cloud(Credentials("100000000001", "secret"), "eu-west-1", unique_name(), url + "/", lambda _: None)
        with made(cloud):
            for seed in (3, 4):
                found = Match(Ours(), [cloud], explain_as_ministack).play(draw(seed))
                assert [difference for difference in found if difference.gap is None] == []
            status, body = cloud.send("DynamoDB_20120810.ListTables", {})
            assert (status, body["TableNames"]) == (200, [cloud.table])
        assert cloud.send("DynamoDB_20120810.ListTables", {})[1]["TableNames"] == []


def explain_as_ministack(found: Difference) -> str | None:
    """The server behind the signed requests is ministack."""
    return explain(Difference(**vars(found) | {"engine": "ministack"}))


def test_a_table_that_is_not_ready_or_cannot_be_made_is_not_deleted() -> None:
    class Refused(Cloud):
        deleted = False

        def _once(self, target: str, _params: Params) -> tuple[int, Params]:
            if "DeleteTable" in target:
                self.deleted = True
            return 400, {"__type": "ResourceInUseException", "message": "exists"}

    cloud = Refused(Credentials("key", "secret"), "eu-west-1", "taken", "http://nowhere.invalid/", lambda _: None)
    with pytest.raises(RuntimeError, match="ResourceInUse"), made(cloud):
        pass
    assert not cloud.deleted
