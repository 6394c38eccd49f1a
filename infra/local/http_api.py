"""Reads the HTTP API of a template: its routes, what is behind them, and who may pass."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.authorizer import JwtAuthorizer, TokenIssuer
from infra.local.clock import Clock
from infra.local.function import Function
from infra.local.lambdas import Lambdas
from infra.local.resource_policies import ResourcePolicies
from infra.local.routing import RouteKey
from infra.local.template import Resource, Template, TemplateError

_TIMEOUT = 30_000  # milliseconds, the longest there is
_ROUTE_PROPERTIES = frozenset(
    {"ApiId", "AuthorizationScopes", "AuthorizationType", "AuthorizerId", "RouteKey", "Target"}
)
_INTEGRATION_PROPERTIES = frozenset(
    {"ApiId", "IntegrationType", "IntegrationUri", "PayloadFormatVersion", "TimeoutInMillis"}
)


@dataclass(frozen=True)
class ApiRoute:
    """One route: its key, the function behind it, and the token scopes of which it asks for any one."""

    key: RouteKey
    function: Function
    authorizer: JwtAuthorizer | None
    scopes: list[str]


def read_api(
    template: Template, lambdas: Lambdas, policies: ResourcePolicies, tokens: TokenIssuer, clock: Clock
) -> tuple[str, list[ApiRoute]]:
    (api,) = template.of_type("AWS::ApiGatewayV2::Api")
    if api.properties["ProtocolType"] != "HTTP" or "CorsConfiguration" in api.properties:
        raise TemplateError(f"{api.logical_id}: only an HTTP API without CORS is known here")
    if [stage.name for stage in template.of_type("AWS::ApiGatewayV2::Stage")] != ["$default"]:
        raise TemplateError(f"{api.logical_id}: exactly the stage $default is known here")
    api_id = str(template.resolve({"Ref": api.logical_id}))
    functions = {
        template.resolve({"Ref": integration.logical_id}): _integrated(integration, lambdas)
        for integration in template.of_type("AWS::ApiGatewayV2::Integration")
    }
    authorizers = {
        template.resolve({"Ref": resource.logical_id}): JwtAuthorizer.of(resource, tokens, clock)
        for resource in template.of_type("AWS::ApiGatewayV2::Authorizer")
    }
    routes = []
    for resource in template.of_type("AWS::ApiGatewayV2::Route"):
        properties = resource.properties
        unknown = properties.keys() - _ROUTE_PROPERTIES
        kind = properties.get("AuthorizationType", "NONE")
        if unknown or kind not in ("NONE", "JWT"):
            raise TemplateError(f"{resource.logical_id}: a route with {kind} and {sorted(unknown)} is not known here")
        key = RouteKey.parse(properties["RouteKey"])
        function = functions[properties["Target"].removeprefix("integrations/")]
        authorizer = authorizers[properties["AuthorizerId"]] if kind == "JWT" else None
        routes.append(ApiRoute(key, function, authorizer, properties.get("AuthorizationScopes", [])))
        source = f"arn:aws:execute-api:{template.region}:{template.account}:{api_id}/$default/"
        path = f"{key.method.replace('ANY', '*')}/{'/'.join(key.segments)}" if key.segments else "$default"
        policies.require_invoke(function.arn, "apigateway.amazonaws.com", source + path, resource.logical_id)
    return api_id, sorted(routes, key=lambda route: route.key.rank)


def _integrated(integration: Resource, lambdas: Lambdas) -> Function:
    properties = integration.properties
    unknown = properties.keys() - _INTEGRATION_PROPERTIES
    kind = (properties["IntegrationType"], properties.get("PayloadFormatVersion"))
    if unknown or kind != ("AWS_PROXY", "2.0"):
        raise TemplateError(f"{integration.logical_id}: {kind} with {sorted(unknown)} is not known to the runner")
    if int(properties.get("TimeoutInMillis", _TIMEOUT)) != _TIMEOUT:
        raise TemplateError(f"{integration.logical_id}: only the full 30 s are known to the runner")
    return lambdas.find(properties["IntegrationUri"])
