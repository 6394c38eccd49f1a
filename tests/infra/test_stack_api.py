from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.app import build
from infra.routes import CATCH_ALL, GREEDY_ROUTES, OPERATIONS, ROUTES, STOREFRONT
from tests.infra.template import Template, target

PUBLIC = {
    "GET /v1/openapi.json",
    "GET /v1/health",
    "GET /backorders",
    "GET /backorders.json",
    *(f"{method} /{side}/{{token}}" for method in ("GET", "POST") for side in "bpu"),
}


def test_only_health_the_description_and_pages_behind_a_link_are_public() -> None:
    assert {route.key for route in ROUTES if not route.scopes} == PUBLIC


def test_no_route_is_listed_twice() -> None:
    assert len({route.key for route in ROUTES}) == len(ROUTES)


def test_routes_know_no_scope_but_the_two() -> None:
    assert {scope for route in ROUTES for scope in route.scopes} == {STOREFRONT, OPERATIONS}


@pytest.mark.slow
def test_the_api_has_exactly_the_listed_routes_with_their_scopes(template: Template) -> None:
    routes = {
        r["RouteKey"]: tuple(r.get("AuthorizationScopes", ())) for r in template.of("ApiGatewayV2::Route").values()
    }
    assert routes == {route.key: route.scopes for route in ROUTES + GREEDY_ROUTES} | {CATCH_ALL: ()}


@pytest.mark.slow
def test_every_route_but_the_public_ones_wants_a_token(template: Template) -> None:
    (authorizer,) = template.of("ApiGatewayV2::Authorizer")
    for route in template.of("ApiGatewayV2::Route").values():
        if route["RouteKey"] in PUBLIC | {CATCH_ALL}:
            assert route["AuthorizationType"] == "NONE"
            assert "AuthorizerId" not in route
        else:
            assert route["AuthorizationType"] == "JWT"
            assert target(route["AuthorizerId"]) == authorizer
            assert route["AuthorizationScopes"]


@pytest.mark.slow
def test_one_function_answers_everything_and_may_be_called_for_everything(template: Template) -> None:
    integration = template.one("ApiGatewayV2::Integration")
    function = template.function_of(integration["IntegrationUri"])
    assert function["FunctionName"] == "backorders-api"
    assert integration["PayloadFormatVersion"] == "2.0"
    permission = template.one("Lambda::Permission")
    assert template.function_of(permission["FunctionName"]) == function
    # `*/*` and no deeper: the gateway calls for `$default` under `<api>/<stage>/$default`
    assert permission["SourceArn"]["Fn::Join"][1][-1] == "/*/*"


@pytest.mark.slow
def test_the_api_is_throttled_and_logs_every_request_without_personal_data(template: Template) -> None:
    stage = template.one("ApiGatewayV2::Stage")
    assert stage["StageName"] == "$default"
    assert (
        0
        < stage["DefaultRouteSettings"]["ThrottlingRateLimit"]
        <= stage["DefaultRouteSettings"]["ThrottlingBurstLimit"]
    )
    log = json.loads(stage["AccessLogSettings"]["Format"])
    assert {"request_id", "route", "status", "client"} <= set(log)
    for personal in ("sourceIp", "userAgent", "$context.path", "querystring"):
        assert personal not in stage["AccessLogSettings"]["Format"]


@pytest.mark.slow
def test_storefronts_sell_and_operators_may_do_both(template: Template) -> None:
    server = template.one("Cognito::UserPoolResourceServer")
    assert server["Identifier"] == "backorders"
    assert sorted(scope["ScopeName"] for scope in server["Scopes"]) == ["operations", "storefront"]
    scopes = {
        client["ClientName"]: [scope["Fn::Join"][1][-1] for scope in client["AllowedOAuthScopes"]]
        for client in template.of("Cognito::UserPoolClient").values()
    }
    assert scopes == {"storefront": ["/storefront"], "operations": ["/storefront", "/operations"]}
    for client in template.of("Cognito::UserPoolClient").values():
        assert client["AllowedOAuthFlows"] == ["client_credentials"]
        assert client["GenerateSecret"] is True


@pytest.mark.slow
def test_the_api_takes_tokens_of_its_own_clients_only(template: Template) -> None:
    settings = template.one("ApiGatewayV2::Authorizer")["JwtConfiguration"]
    assert {target(client) for client in settings["Audience"]} == set(template.of("Cognito::UserPoolClient"))
    assert target(settings["Issuer"]) in template.of("Cognito::UserPool")


@pytest.mark.slow
def test_an_issuer_of_ones_own_replaces_cognito(tmp_path: Path) -> None:
    context = {"jwt_issuer": "https://id.example.com/", "jwt_audience": "shop, desk"}
    template = Template(build(tmp_path, validation=False, bundle=False, context=context))
    settings = template.one("ApiGatewayV2::Authorizer")["JwtConfiguration"]
    assert settings == {"Issuer": "https://id.example.com/", "Audience": ["shop", "desk"]}
    assert not [r for r in template.resources.values() if r["Type"].startswith("AWS::Cognito")]


@pytest.mark.slow
def test_a_second_stage_shares_no_name_with_the_first(template: Template, tmp_path: Path) -> None:
    other = Template(build(tmp_path, validation=False, bundle=False, context={"stage": "test"}))
    assert other.path.name == "Backorders-test.template.json"
    names = {"QueueName", "FunctionName", "LogGroupName", "AlarmName", "DashboardName", "ArchiveName"}

    def named(one: Template) -> set[str]:
        found = [r["Properties"].get(n) for r in one.resources.values() for n in names if "Properties" in r]
        return {name for name in found if isinstance(name, str)}

    assert len(named(template)) > 60
    assert named(template) & named(other) == set()
