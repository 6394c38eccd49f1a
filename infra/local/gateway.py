"""The HTTP API of the template: routes, tokens, and the events and answers of payload format 2.0.

What is copied from the real gateway, as it surprises: paths are decoded before a route is chosen and reach the function
decoded, so an encoded slash separates segments; bodies that are not text or JSON arrive in base64; a handler that
fails is a 500 without a reason. Throttling and access logs are not imitated.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from infra.local.authorizer import ForbiddenError, JwtAuthorizer, TokenIssuer, UnauthorizedError
from infra.local.clock import Clock
from infra.local.function import Outcome
from infra.local.http_api import ApiRoute, read_api
from infra.local.http_messages import Request, Response, json_response
from infra.local.lambdas import Lambdas
from infra.local.payloads import encode
from infra.local.resource_policies import ResourcePolicies
from infra.local.template import Template

MAX_BODY = 10 * 1024 * 1024
_INTEGRATION_SECONDS = 30
_TEXT = re.compile(r"text/.*|application/(json|javascript|xml|.*\+json|.*\+xml)")


class Gateway:
    """The one HTTP API of the template, on its `$default` stage."""

    def __init__(
        self,
        template: Template,
        lambdas: Lambdas,
        policies: ResourcePolicies,
        tokens: TokenIssuer,
        clock: Clock,
    ) -> None:
        self._lambdas = lambdas
        self._clock = clock
        self._account = template.account
        self._region = template.region
        self._requests = 0
        self._took = 0.0
        self._api_id, self._routes = read_api(template, lambdas, policies, tokens, clock)

    @property
    def authorizers(self) -> list[JwtAuthorizer]:
        """The distinct authorizers of the routes."""
        return list(dict.fromkeys(route.authorizer for route in self._routes if route.authorizer))

    def scopes(self) -> set[str]:
        """All scopes that some route asks for."""
        return {scope for route in self._routes for scope in route.scopes}

    def route_keys(self) -> list[str]:
        """All route keys, the more specific first."""
        return [route.key.text for route in self._routes]

    def handle(self, request: Request) -> Response:
        """Answer one request as the gateway and the function behind its route would."""
        self._took = 0.0
        response = self._handle(request)
        self._tell("Count", 1, "Count")
        self._tell("4xx", int(400 <= response.status < 500), "Count")
        self._tell("5xx", int(response.status >= 500), "Count")
        self._tell("Latency", round(1000 * self._took, 2), "Milliseconds")
        return response

    def _tell(self, name: str, value: float, unit: str) -> None:
        self._lambdas.metrics.record("AWS/ApiGateway", name, {"ApiId": self._api_id}, value, unit, self._clock.now())

    def _handle(self, request: Request) -> Response:
        self._requests += 1
        if len(request.body) > MAX_BODY:
            return _message(413, "Request Entity Too Large")
        path = unquote(request.raw_path) or "/"
        chosen = self._choose(request.method, path)
        if chosen is None:
            return _message(404, "Not Found")
        route, parameters = chosen
        headers = self._headers(request)
        claims: dict[str, Any] | None = None
        if route.authorizer is not None:
            try:
                claims = route.authorizer.claims(headers, route.scopes)
            except UnauthorizedError as error:
                return _message(401, "Unauthorized", _challenge("invalid_token", str(error)))
            except ForbiddenError as error:
                return _message(403, "Forbidden", _challenge("insufficient_scope", "", str(error)))
        event = self._event(request, path, headers, route, parameters, claims)
        try:
            encode(event)
        except ValueError:
            return _message(413, "Request Entity Too Large")
        outcome = self._lambdas.invoke(route.function, event, given_away=True)
        self._took = min(outcome.seconds, _INTEGRATION_SECONDS)
        return _answer(outcome)

    def _headers(self, request: Request) -> dict[str, str]:
        """The client's headers and those that the gateway adds."""
        headers = request.lower_headers()
        headers.setdefault("host", f"{self._api_id}.execute-api.{self._region}.amazonaws.com")
        port = headers["host"].rpartition(":")[2]
        headers["x-forwarded-for"] = request.source_ip
        headers["x-forwarded-port"] = port if port.isdecimal() else {"http": "80", "https": "443"}[request.scheme]
        headers["x-forwarded-proto"] = request.scheme
        seconds = int(self._clock.now().timestamp())
        headers["x-amzn-trace-id"] = f"Root=1-{seconds:08x}-{self._requests:024x}"
        return headers

    def _choose(self, method: str, path: str) -> tuple[ApiRoute, dict[str, str]] | None:
        segments = path[1:].split("/")
        for route in self._routes:
            parameters = route.key.match(method, segments)
            if parameters is not None:
                return route, parameters
        return None

    def _event(
        self,
        request: Request,
        path: str,
        headers: dict[str, str],
        route: ApiRoute,
        parameters: dict[str, str],
        claims: dict[str, Any] | None,
    ) -> dict[str, Any]:
        cookies = headers.pop("cookie", None)
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": route.key.text,
            "rawPath": path,
            "rawQueryString": request.raw_query,
            "headers": headers,
            "requestContext": self._context(request, path, headers, route, claims),
        }
        if cookies is not None:
            event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
        query: dict[str, str] = {}
        for name, value in parse_qsl(request.raw_query, keep_blank_values=True):
            query[name] = f"{query[name]},{value}" if name in query else value
        if query:
            event["queryStringParameters"] = query
        if parameters:
            event["pathParameters"] = parameters
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        is_text = _TEXT.fullmatch(media_type) is not None and _is_utf8(request.body)
        event["isBase64Encoded"] = bool(request.body) and not is_text
        if request.body:
            raw = request.body if is_text else base64.b64encode(request.body)
            event["body"] = raw.decode()
        return event

    def _context(
        self,
        request: Request,
        path: str,
        headers: dict[str, str],
        route: ApiRoute,
        claims: dict[str, Any] | None,
    ) -> dict[str, Any]:
        now = self._clock.now()
        context: dict[str, Any] = {
            "accountId": self._account,
            "apiId": self._api_id,
            "domainName": headers["host"],
            "domainPrefix": headers["host"].partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": f"local-{self._requests:012d}=",
            "routeKey": route.key.text,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        }
        if claims is not None:
            scopes = claims.get("scope", "").split() if route.scopes else None
            texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in claims.items()}
            context["authorizer"] = {"jwt": {"claims": texts, "scopes": scopes}}
        return context


def _is_utf8(body: bytes) -> bool:
    """An event is JSON: what is no text cannot stand in it as one, whatever its content type says."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _answer(outcome: Outcome) -> Response:
    if outcome.seconds > _INTEGRATION_SECONDS:
        return _message(503, "Service Unavailable")
    if outcome.error is not None:
        return _message(500, "Internal Server Error")
    result = outcome.value
    if not isinstance(result, dict) or "statusCode" not in result:
        return Response(200, (("content-type", "application/json"),), json.dumps(result).encode())
    if not isinstance(result["statusCode"], int) or not isinstance(result.get("body", ""), str | None):
        return _message(500, "Internal Server Error")
    headers = [(name.lower(), _header_text(value)) for name, value in (result.get("headers") or {}).items()]
    headers += [("set-cookie", cookie) for cookie in result.get("cookies") or []]
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    body = result.get("body") or ""
    raw = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
    return Response(result["statusCode"], tuple(headers), raw)


def _header_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _message(status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """An answer of the gateway itself."""
    return json_response(status, {"message": text}, headers)


def _challenge(error: str, description: str, scope: str = "") -> tuple[tuple[str, str], ...]:
    if not description and error == "invalid_token":
        return (("www-authenticate", "Bearer"),)
    return (("www-authenticate", f'Bearer scope="{scope}" error="{error}" error_description="{description}"'),)
