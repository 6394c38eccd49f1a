"""The HTTP API chooses routes, checks tokens and speaks payload format 2.0 as the real gateway does."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from infra.local.clock import Clock
from infra.local.routing import RouteKey
from infra.local.template import TemplateError
from tests.local import handlers
from tests.local.small_stack import get, route


def event_of(world, *request, **parts):
    response = world.http(*request, **parts)
    assert response.status == 200, response
    return handlers.events_of("front")[-1]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/things", "GET /things"),
        ("GET", "/things/newest", "GET /things/newest"),
        ("GET", "/things/7", "GET /things/{id}"),
        ("POST", "/things/7/operate", "POST /things/{id}/operate"),
        ("GET", "/files/a/b/c", "GET /files/{path+}"),
        ("POST", "/any", "POST /any"),
        ("PUT", "/any", "ANY /any"),
        ("GET", "/things/", "$default"),
        ("GET", "/files/", "$default"),
        ("DELETE", "/things/7", "$default"),
        ("GET", "/THINGS", "$default"),
        ("GET", "/", "$default"),
    ],
)
def test_the_most_specific_route_is_taken(world, method, path, expected):
    token = world.token("storefront", "operations")
    assert event_of(world, method, path, token=token)["routeKey"] == expected


def test_static_segments_come_before_variables_and_these_before_greedy_ones():
    keys = ["$default", "ANY /{all+}", "GET /a/{b+}", "GET /a/{b}", "GET /a/b", "ANY /a/b"]
    ranked = sorted((RouteKey.parse(key) for key in keys), key=lambda key: key.rank)
    assert [key.text for key in ranked] == [
        "GET /a/b",
        "ANY /a/b",
        "GET /a/{b}",
        "GET /a/{b+}",
        "ANY /{all+}",
        "$default",
    ]


def test_without_a_default_route_an_unknown_path_is_the_gateways_404(stack, make_world):
    del stack["Resources"]["DefaultRoute"]
    response = make_world(stack).http("GET", "/nothing")
    assert (response.status, response.json()) == (404, {"message": "Not Found"})


def test_path_parameters_arrive_decoded(world):
    event = event_of(world, "GET", "/things/A%20B%26%C3%A4+1", token=world.token("storefront"))
    assert event["pathParameters"] == {"id": "A B&ä+1"}
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/things/A B&ä+1"


def test_a_path_is_decoded_before_its_route_is_chosen(world):
    token = world.token("storefront")
    assert event_of(world, "GET", "/things/a%2Fb", token=token)["routeKey"] == "$default"
    assert event_of(world, "GET", "/things/a%252Fb", token=token)["pathParameters"] == {"id": "a%2Fb"}


def test_query_parameters_arrive_decoded_and_joined_and_the_query_raw(world):
    event = event_of(world, "GET", "/any?a=1&b=x%20y&a=2&empty=")
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y", "empty": ""}
    assert event["rawQueryString"] == "a=1&b=x%20y&a=2&empty="


def test_what_is_not_there_is_left_out_of_the_event(world):
    event = event_of(world, "GET", "/any")
    assert not event.keys() & {"body", "cookies", "pathParameters", "queryStringParameters"}
    assert event["rawQueryString"] == ""
    assert event["isBase64Encoded"] is False
    assert event["version"] == "2.0"


def test_header_names_are_lower_case_and_cookies_stand_apart(world):
    event = event_of(world, "GET", "/any", headers={"X-Thing": "1", "Cookie": "a=1; b=2", "User-Agent": "tests"})
    assert event["headers"]["x-thing"] == "1"
    assert "cookie" not in event["headers"]
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["requestContext"]["http"]["userAgent"] == "tests"


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "text/csv", "application/a+json"]
)
def test_text_and_json_bodies_arrive_as_text(world, kind):
    event = event_of(world, "POST", "/any", body='{"ä": 1}'.encode(), headers={"Content-Type": kind})
    assert (event["body"], event["isBase64Encoded"]) == ('{"ä": 1}', False)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/octet-stream", "image/png", ""])
def test_other_bodies_arrive_in_base64(world, kind):
    event = event_of(world, "POST", "/any", body=b"a=1&b=2", headers={"Content-Type": kind})
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"a=1&b=2", True)


def test_a_body_that_is_no_utf8_arrives_as_the_bytes_it_is(world):
    body = '{"name": "Jäne"}'.encode("latin-1")
    event = event_of(world, "POST", "/any", body=body, headers={"Content-Type": "application/json"})
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (body, True)


def test_the_context_carries_the_time_of_the_world(world):
    context = event_of(world, "GET", "/any")["requestContext"]
    assert context["timeEpoch"] == int(world.clock.now().timestamp() * 1000)
    assert context["time"] == "05/Jan/2026:09:00:00 +0000"
    assert context["stage"] == "$default"


def test_the_gateway_adds_where_a_request_came_from(world):
    event = event_of(world, "GET", "/any", headers={"Host": "shop.example:8443"})
    assert event["headers"]["x-forwarded-proto"] == "https"
    assert event["headers"]["x-forwarded-port"] == "8443"
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert event["requestContext"]["domainName"] == "shop.example:8443"
    assert event_of(world, "GET", "/any")["requestContext"]["domainName"].endswith(".amazonaws.com")


def answer(world, value):
    handlers.scripts["front"] = lambda _event, _context: value
    return world.http("GET", "/any")


def test_an_answer_with_a_status_is_passed_on(world):
    response = answer(world, {"statusCode": 201, "headers": {"X-A": "1"}, "cookies": ["a=1", "b=2"], "body": "made"})
    assert (response.status, response.text) == (201, "made")
    assert response.header("x-a") == "1"
    assert [value for name, value in response.headers if name == "set-cookie"] == ["a=1", "b=2"]


def test_an_answer_in_base64_is_decoded(world):
    body = base64.b64encode(b"\x00\x01").decode()
    assert answer(world, {"statusCode": 200, "isBase64Encoded": True, "body": body}).body == b"\x00\x01"


def test_an_answer_without_a_status_is_json(world):
    response = answer(world, {"hello": "world"})
    assert (response.status, response.json(), response.header("content-type")) == (
        200,
        {"hello": "world"},
        "application/json",
    )


@pytest.mark.parametrize("value", [{"statusCode": "many"}, {"statusCode": 200, "body": {"not": "text"}}])
def test_a_malformed_answer_is_an_internal_server_error(world, value):
    response = answer(world, value)
    assert (response.status, response.json()) == (500, {"message": "Internal Server Error"})


def test_a_function_error_is_an_internal_server_error_without_a_reason(world):
    def explode(event, context):
        raise ValueError("secret detail")

    handlers.scripts["front"] = explode
    response = world.http("GET", "/any")
    assert (response.status, response.json()) == (500, {"message": "Internal Server Error"})


def test_after_thirty_seconds_the_gateway_hangs_up(world):
    times = iter([0.0, 31.0])
    world.lambdas.timer = lambda: next(times)
    response = world.http("GET", "/any")
    assert (response.status, response.json()) == (503, {"message": "Service Unavailable"})


def test_a_body_above_ten_megabytes_is_too_large(world):
    response = world.http("POST", "/any", body=b" " * (10 * 1024 * 1024 + 1), headers={"Content-Type": "text/plain"})
    assert (response.status, response.json()) == (413, {"message": "Request Entity Too Large"})
    assert handlers.calls == []


def test_a_body_lambda_cannot_take_is_too_large(world):
    response = world.http("POST", "/any", body=b" " * (6 * 1024 * 1024), headers={"Content-Type": "text/plain"})
    assert response.status == 413
    assert handlers.calls == []


# -- tokens ---------------------------------------------------------------------------------------------------------


def unauthorized(response):
    return (response.status, response.json()) == (401, {"message": "Unauthorized"})


def test_without_a_token_a_guarded_route_answers_401(world):
    response = world.http("GET", "/things")
    assert unauthorized(response)
    assert response.header("www-authenticate") == "Bearer"
    assert handlers.calls == []


def test_a_token_without_the_scope_answers_403(world):
    response = world.http("POST", "/things/7/operate", token=world.token("storefront"))
    assert (response.status, response.json()) == (403, {"message": "Forbidden"})
    assert 'error="insufficient_scope"' in response.header("www-authenticate")
    assert handlers.calls == []


def test_any_one_of_a_routes_scopes_is_enough(world):
    assert world.http("GET", "/things", token=world.token("operations")).status == 200


def test_the_claims_arrive_as_text_with_the_clients_name(world):
    token = world.token("storefront", client="swedish-shop")
    jwt = event_of(world, "GET", "/things", token=token)["requestContext"]["authorizer"]["jwt"]
    assert jwt["claims"]["client_id"] == "swedish-shop"
    assert jwt["claims"]["scope"] == "shop/storefront"
    assert jwt["scopes"] == ["shop/storefront"]
    assert all(isinstance(value, str) for value in jwt["claims"].values())


def test_a_public_route_has_no_authorizer_even_with_a_token(world):
    assert "authorizer" not in event_of(world, "GET", "/any", token=world.token("storefront"))["requestContext"]


def test_a_token_expires_in_the_time_of_the_world(world):
    token = world.token("storefront", lifetime=timedelta(hours=1))
    world.advance(timedelta(minutes=59))
    assert world.http("GET", "/things", token=token).status == 200
    world.advance(timedelta(minutes=1))
    response = world.http("GET", "/things", token=token)
    assert unauthorized(response)
    assert "expired" in response.header("www-authenticate")


def test_a_token_lasts_four_hundred_days_by_default(world):
    token = world.token("storefront")
    world.clock.advance_to(world.clock.now() + timedelta(days=399))
    assert world.http("GET", "/things", token=token).status == 200
    world.clock.advance_to(world.clock.now() + timedelta(days=1))
    assert unauthorized(world.http("GET", "/things", token=token))


def test_a_token_from_the_future_is_not_valid_yet(stack, make_world):
    later = make_world(stack, Clock(Clock().now() + timedelta(days=1)))
    token = later.token("storefront")
    earlier = make_world(stack)
    earlier.tokens._key = later.tokens._key
    assert unauthorized(earlier.http("GET", "/things", token=token))


def forge(token, **changes):
    """The token with changed claims and its old signature."""
    header, claims, signature = token.split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "==")) | changes
    return f"{header}.{base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b'=').decode()}.{signature}"


def test_a_changed_token_is_refused(world):
    token = forge(world.token("storefront"), scope="shop/operations")
    assert unauthorized(world.http("POST", "/things/7/operate", token=token))


def test_an_unsigned_token_is_refused(world):
    _, claims, _ = world.token("storefront").split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    assert unauthorized(world.http("GET", "/things", token=f"{header}.{claims}."))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.b.ü", "....", "Bearer"])
def test_what_is_no_token_is_refused(world, token):
    assert unauthorized(world.http("GET", "/things", token=token))


def test_a_token_of_another_world_is_refused(stack, make_world):
    token = make_world(stack).token("storefront")
    assert unauthorized(make_world(stack).http("GET", "/things", token=token))


def test_issuer_and_audience_are_checked(world):
    (authorizer,) = world.gateway.authorizers
    good = {
        "issuer": authorizer.issuer,
        "audience": authorizer.audience[0],
        "client": "c",
        "scopes": ["shop/storefront"],
    }
    assert world.http("GET", "/things", token=world.tokens.issue(**good)).status == 200
    for wrong in ({"issuer": "https://else.where"}, {"audience": "other"}):
        assert unauthorized(world.http("GET", "/things", token=world.tokens.issue(**{**good, **wrong})))


def test_an_unknown_scope_cannot_be_had(world):
    with pytest.raises(ValueError, match=r"unknown scopes \['kitchen'\]"):
        world.token("kitchen")


# -- what the template may not say ----------------------------------------------------------------------------------


def test_a_route_needs_a_permission_to_invoke_its_function(stack, make_world):
    del stack["Resources"]["FrontPermission"]
    with pytest.raises(TemplateError, match=r"no permission lets apigateway\.amazonaws\.com invoke"):
        make_world(stack)


def test_a_permission_for_one_route_does_not_cover_another(stack, make_world):
    source = stack["Resources"]["FrontPermission"]["Properties"]["SourceArn"]
    source["Fn::Sub"] = source["Fn::Sub"].replace("/*/*", "/*/*/things")
    with pytest.raises(TemplateError, match="no permission"):
        make_world(stack)


def test_an_unknown_kind_of_authorization_is_refused(stack, make_world):
    stack["Resources"]["ThingsRoute"]["Properties"]["AuthorizationType"] = "AWS_IAM"
    with pytest.raises(TemplateError, match="AWS_IAM"):
        make_world(stack)


def test_an_unknown_payload_format_is_refused(stack, make_world):
    stack["Resources"]["Integration"]["Properties"]["PayloadFormatVersion"] = "1.0"
    with pytest.raises(TemplateError, match=r"1\.0"):
        make_world(stack)


def test_a_stage_with_a_name_is_refused(stack, make_world):
    stack["Resources"]["Stage"]["Properties"]["StageName"] = "prod"
    with pytest.raises(TemplateError, match=r"\$default"):
        make_world(stack)


def test_an_integration_must_lead_to_a_function_of_the_template(stack, make_world):
    stack["Resources"]["Integration"]["Properties"]["IntegrationUri"] = get("Table")
    with pytest.raises(TemplateError, match="is not a function"):
        make_world(stack)


def test_an_unknown_route_property_is_refused(stack, make_world):
    stack["Resources"]["OddRoute"] = route("GET /odd")
    stack["Resources"]["OddRoute"]["Properties"]["OperationName"] = "odd"
    with pytest.raises(TemplateError, match="OperationName"):
        make_world(stack)
