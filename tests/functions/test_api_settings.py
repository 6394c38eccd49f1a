"""The merchant's settings over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from infra.routes import STOREFRONT
from shared.aws import keys
from shared.aws.table import Update
from shared.contracts.settings import PutSettings
from shared.runtime import environment, invocation
from shared.runtime.container import Container
from shared.runtime.environment import Environment
from shared.settings.model import MerchantSettings
from tests.functions.documented import assert_documented
from tests.functions.service import Reply, Service


def put(service: Service, body: Any, **headers: str) -> Reply:
    reply = service.call("PUT", "/v1/settings", body, headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert_documented(reply, "PUT", "/v1/settings")
    return reply


def test_without_any_document_the_defaults_are_in_force(service: Service) -> None:
    reply = service.call("GET", "/v1/settings")
    assert (reply.status, reply.headers["ETag"]) == (200, '"0"')
    assert reply.json == asdict(MerchantSettings())
    assert_documented(reply, "GET", "/v1/settings")


def test_the_shape_on_the_wire_has_the_models_settings_with_their_defaults() -> None:
    assert PutSettings().to_settings() == MerchantSettings()
    assert set(PutSettings.model_fields) == set(MerchantSettings.__dataclass_fields__)


def test_a_new_document_replaces_the_old_one_as_a_whole(service: Service) -> None:
    first = put(service, {"patience_days": 3, "contact": {"shop_name": "Lykta", "email": "hej@lykta.example"}})
    assert (first.status, first.headers["ETag"]) == (200, '"1"')
    second = put(service, {"hold_horizon_days": 2})
    assert (second.headers["ETag"], second.json["hold_horizon_days"]) == ('"2"', 2)
    assert second.json["patience_days"] == MerchantSettings().patience_days
    assert second.json["contact"]["shop_name"] == "Our shop"
    assert service.call("GET", "/v1/settings").json == second.json


def test_a_document_can_be_sent_back_as_it_came(service: Service) -> None:
    document = service.call("GET", "/v1/settings").json
    document["merge_window_seconds"] = 0
    assert put(service, document).json == {**document, "version": 1}
    assert put(service, document).json == {**document, "version": 1}


def test_the_same_document_again_keeps_its_version(service: Service) -> None:
    put(service, {"patience_days": 3})
    assert put(service, {"patience_days": 3}).headers["ETag"] == '"1"'


def test_settings_are_replaced_only_in_the_version_that_was_read(service: Service) -> None:
    assert put(service, {"patience_days": 1}, If_Match='"0"').status == 200
    assert put(service, {"patience_days": 2}, If_Match='"0"').status == 412
    assert put(service, {"patience_days": 3}, If_Match='"1"').status == 200


def test_two_writers_at_once_lose_nothing_they_have_matched(service: Service) -> None:
    put(service, {"patience_days": 1})
    others = [{"patience_days": 2}]

    def meanwhile(caller: str | None, name: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "TransactWriteItems" and others:
            put(service, others.pop())

    service.engine.before.append(meanwhile)
    assert put(service, {"patience_days": 3}, If_Match='"1"').status == 412
    assert service.call("GET", "/v1/settings").json["patience_days"] == 2
    others.append({"patience_days": 5})
    assert put(service, {"patience_days": 4}).headers["ETag"] == '"4"'
    assert service.call("GET", "/v1/settings").json["patience_days"] == 4


def test_a_storefront_may_not_see_the_settings(service: Service) -> None:
    assert service.call("GET", "/v1/settings", scopes=STOREFRONT).status == 403


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"head_start_days": {}}, "/head_start_days"),
    ({"head_start_days": {"gold": 1}}, "/head_start_days"),
    ({"head_start_days": {"standard": -1}}, "/head_start_days/standard"),
    ({"head_start_days": {"standard": "0"}}, "/head_start_days/standard"),
    ({"head_start_days": {"standard": 0, "": 1}}, "/head_start_days/"),
    ({"head_start_days": {"standard": 0, **{f"p{n}": n for n in range(20)}}}, "/head_start_days"),
    ({"head_start_days": [0]}, "/head_start_days"),
    ({"urgency_head_start_days": -1}, "/urgency_head_start_days"),
    ({"hold_horizon_days": 3651}, "/hold_horizon_days"),
    ({"patience_days": 1.5}, "/patience_days"),
    ({"news_threshold_days": None}, "/news_threshold_days"),
    ({"news_threshold_percent": 101}, "/news_threshold_percent"),
    ({"high_value": {"EURO": "1"}}, "/high_value/EURO"),
    ({"high_value": {"EUR": 1}}, "/high_value/EUR"),
    ({"high_value_threshold_days": -1}, "/high_value_threshold_days"),
    ({"high_value_threshold_percent": 101}, "/high_value_threshold_percent"),
    ({"merge_window_seconds": 901}, "/merge_window_seconds"),
    ({"merge_window_seconds": -1}, "/merge_window_seconds"),
    ({"still_waiting_days": -1}, "/still_waiting_days"),
    ({"broken_promise_cost": "-5"}, "/broken_promise_cost"),
    ({"holding_rate_percent": 1001}, "/holding_rate_percent"),
    ({"top_up_cover_days": 366}, "/top_up_cover_days"),
    ({"quiet_hours": {}}, "/quiet_hours"),
    ({"quiet_hours": {"from": "21:00"}}, "/quiet_hours"),
    ({"quiet_hours": {"from": "21:00", "to": "24:00"}}, "/quiet_hours/to"),
    ({"quiet_hours": {"from": "21:00", "to": "21:00"}}, "/quiet_hours"),
    ({"quiet_hours": {"from": "21:00", "until": "08:00"}}, "/quiet_hours/until"),
    ({"quiet_hours": "21:00-08:00"}, "/quiet_hours"),
    ({"time_zone": "Stockholm"}, "/time_zone"),
    ({"time_zone": "../../etc/passwd"}, "/time_zone"),
    ({"time_zone": "Europe"}, "/time_zone"),
    ({"time_zone": ""}, "/time_zone"),
    ({"order_cut_off": "24:00"}, "/order_cut_off"),
    ({"order_cut_off": "9:00"}, "/order_cut_off"),
    ({"order_cut_off": "15:00:00"}, "/order_cut_off"),
    ({"approval_value": "-1"}, "/approval_value"),
    ({"approval_value": 100}, "/approval_value"),
    ({"default_lead_time_likely_days": 40}, "/default_lead_time_likely_days"),
    ({"time_zone": "posixrules"}, "/time_zone"),
    ({"default_lead_time_by_days": -1}, "/default_lead_time_by_days"),
    ({"supplier_reminder_days": True}, "/supplier_reminder_days"),
    ({"reply_to": "nobody"}, "/reply_to"),
    ({"contact": {"email": "x"}}, "/contact/email"),
    ({"contact": {"shop_name": ""}}, "/contact/shop_name"),
    ({"contact": {"phone": "1" * 41}}, "/contact/phone"),
    ({"contact": {"address": "x" * 501}}, "/contact/address"),
    ({"contact": {"fax": "1"}}, "/contact/fax"),
    ({"contact": None}, "/contact"),
    ({"mail_enabled": 1}, "/mail_enabled"),
    ({"auto_order_enabled": "true"}, "/auto_order_enabled"),
    ({"version": -1}, "/version"),
    ({"colour": "red"}, "/colour"),
]


@pytest.mark.parametrize(("fault", "pointer"), FAULTS, ids=lambda value: str(value)[:60])
def test_a_wrong_setting_is_named(service: Service, fault: dict[str, Any], pointer: str) -> None:
    reply = put(service, fault)
    assert (reply.status, reply.pointers) == (422, [pointer]), reply.text
    assert service.items() == []


def test_quiet_hours_are_kept_as_they_were_given(service: Service) -> None:
    hours = {"from": "21:00", "to": "08:00"}
    assert put(service, {"quiet_hours": hours}).json["quiet_hours"] == hours
    assert service.call("GET", "/v1/settings").json["quiet_hours"] == hours
    assert put(service, {"quiet_hours": None}).json["quiet_hours"] is None


@pytest.mark.parametrize("zone", ["Europe/Stockholm", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+3"])
def test_every_iana_time_zone_is_one(service: Service, zone: str) -> None:
    assert put(service, {"time_zone": zone}).json["time_zone"] == zone


def test_a_setting_of_an_older_release_is_left_out_and_a_newer_one_has_its_default(service: Service) -> None:
    put(service, {"patience_days": 3})
    old = {"patience_days": 5, "gone_since": 1}
    service.invoke_with_table(lambda table: table.write(Update(keys.SETTINGS, set={"values": old})))
    found = service.call("GET", "/v1/settings").json
    assert (found["patience_days"], found["hold_horizon_days"]) == (5, 7)
    assert "gone_since" not in found


def test_settings_are_read_once_in_an_invocation_and_again_in_the_next(service: Service) -> None:
    box = Container(Environment(((environment.TABLE_NAME, "Table"),)))

    def reads() -> int:
        usage = service.engine.meter.by_operation().get("dynamodb.GetItem")
        return usage.calls if usage else 0

    def look() -> None:
        for expected in (1, 2):
            invocation.begin()
            box.settings()
            box.settings()
            invocation.end()
            assert reads() == expected
        box.settings()
        box.settings()
        assert reads() == 4

    service.invoke_with_table(lambda table: look())
