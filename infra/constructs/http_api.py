"""The HTTP API: one function behind every route, a token and its scopes checked by the gateway."""

from __future__ import annotations

import json
import re

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.functions import BusinessFunction
from infra.constructs.identity import Issuer
from infra.options import Options
from infra.routes import CATCH_ALL, GREEDY_ROUTES, ROUTES

_REQUESTS_PER_SECOND = 1_000
_BURST = 2_000
ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "client": "$context.authorizer.claims.client_id",
    "refused_because": "$context.authorizer.error",
    "error": "$context.error.message",
    "integration_error": "$context.integrationErrorMessage",
    "latency_ms": "$context.responseLatency",
    "integration_latency_ms": "$context.integrationLatency",
    "response_bytes": "$context.responseLength",
}
"""No address, no path and no query: these would be personal data kept without need."""


class BackordersApi(Construct):
    """All routes of `infra/routes.py`, and `$default` for everything else.

    Made of plain resources: one integration and one permission serve all routes, where the CDK's own classes would make
    a permission per route or one that leaves `$default` out.
    """

    def __init__(self, scope: Construct, options: Options) -> None:
        super().__init__(scope, "HttpApi")
        self._options = options
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=options.name("backorders"),
            description="Sell what is not on the shelf",
            create_default_stage=False,
        )
        self.public_url = options.public_url or self.api.api_endpoint
        self.public_routes: list[apigateway.CfnRoute] = []

    def serve(self, function: BusinessFunction, issuer: Issuer) -> None:
        """Put the function behind every route. The API itself is there before it: functions are told its address."""
        integration = apigateway.CfnIntegration(
            self,
            "Integration",
            api_id=self.api.api_id,
            integration_type="AWS_PROXY",
            integration_uri=function.live.function_arn,
            payload_format_version="2.0",
        )
        self._target = f"integrations/{integration.ref}"
        function.live.add_permission(
            "HttpApi",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=cdk.Stack.of(self).format_arn(
                service="execute-api", resource=self.api.api_id, resource_name="*/*"
            ),
        )
        self.public_routes.append(self._route("UnknownPaths", CATCH_ALL))
        self._routes(self._authorizer(issuer))
        self._stage(self._options)
        cdk.CfnOutput(cdk.Stack.of(self), "ApiUrl", value=self.api.api_endpoint)

    def _authorizer(self, issuer: Issuer) -> apigateway.CfnAuthorizer:
        return apigateway.CfnAuthorizer(
            self,
            "Tokens",
            api_id=self.api.api_id,
            name="tokens",
            authorizer_type="JWT",
            identity_source=["$request.header.Authorization"],
            jwt_configuration=apigateway.CfnAuthorizer.JWTConfigurationProperty(
                issuer=issuer.url, audience=list(issuer.audience)
            ),
        )

    def _routes(self, authorizer: apigateway.CfnAuthorizer) -> None:
        for route in ROUTES + GREEDY_ROUTES:
            name = "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", route.key))
            if route.scopes:
                self._route(name, route.key, authorizer, list(route.scopes))
            else:
                self.public_routes.append(self._route(name, route.key))

    def _route(
        self,
        name: str,
        key: str,
        authorizer: apigateway.CfnAuthorizer | None = None,
        scopes: list[str] | None = None,
    ) -> apigateway.CfnRoute:
        return apigateway.CfnRoute(
            self,
            name,
            api_id=self.api.api_id,
            route_key=key,
            target=self._target,
            authorization_type="JWT" if authorizer else "NONE",
            authorizer_id=authorizer.ref if authorizer else None,
            authorization_scopes=scopes,
        )

    def _stage(self, options: Options) -> None:
        self.access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/vendedlogs/{options.name('backorders')}-api-access",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        # The gateway wants the ARN without the `:*` that the log group's own attribute ends with.
        arn = cdk.Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=self.access_log.log_group_name,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        stage = apigateway.CfnStage
        stage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=stage.AccessLogSettingsProperty(destination_arn=arn, format=json.dumps(ACCESS_LOG)),
            default_route_settings=stage.RouteSettingsProperty(
                throttling_rate_limit=_REQUESTS_PER_SECOND, throttling_burst_limit=_BURST
            ),
        )
