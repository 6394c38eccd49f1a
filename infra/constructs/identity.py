"""Who may call: tokens for machines, and the secret behind signed links and cursors."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.naming import construct_id
from infra.options import Options
from infra.routes import OPERATIONS, RESOURCE_SERVER, STOREFRONT


@dataclass(frozen=True)
class Issuer:
    """Whose tokens the API takes, and for which audience."""

    url: str
    audience: tuple[str, ...]


class Identity(Construct):
    """A user pool without users: it issues tokens to the merchant's own programs (client credentials).

    One client per storefront, whose id names the storefront in every order, and one for operations, which may also act
    as a storefront (an operator records an order on behalf of a shop). Kept when the stack is deleted: a new
    pool would cut every shop off until it got new credentials.
    """

    def __init__(self, scope: Construct, options: Options) -> None:
        super().__init__(scope, "Identity")
        stack = cdk.Stack.of(self)
        self._pool = cognito.UserPool(
            self,
            "UserPool",
            user_pool_name=options.name("backorders"),
            self_sign_up_enabled=False,
            account_recovery=cognito.AccountRecovery.NONE,
            deletion_protection=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        sell = _scope(STOREFRONT, "Sell: promises and orders")
        run = _scope(OPERATIONS, "Run the business: suppliers, stock, purchase orders, settings")
        self._server = self._pool.add_resource_server("ResourceServer", identifier=RESOURCE_SERVER, scopes=[sell, run])
        clients = [self._client(name, options, sell) for name in options.storefront_clients]
        clients.append(self._client("operations", options, sell, run))
        self._domain = self._pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(domain_prefix=f"{options.name('backorders')}-{stack.account}"),
        )
        self.issuer = Issuer(self._pool.user_pool_provider_url, tuple(client.user_pool_client_id for client in clients))
        cdk.CfnOutput(
            stack,
            "TokenEndpoint",
            value=f"{self._domain.base_url()}/oauth2/token",
            description="POST grant_type=client_credentials here, with the id and secret of a client",
        )
        cdk.CfnOutput(stack, "UserPoolId", value=self._pool.user_pool_id, description="Holds the clients' secrets")

    def _client(self, name: str, options: Options, *scopes: cognito.ResourceServerScope) -> cognito.UserPoolClient:
        client = self._pool.add_client(
            construct_id(name) + "Client",
            user_pool_client_name=options.name(name),
            generate_secret=True,
            access_token_validity=cdk.Duration.hours(1),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(client_credentials=True),
                scopes=[cognito.OAuthScope.resource_server(self._server, scope) for scope in scopes],
            ),
        )
        cdk.CfnOutput(cdk.Stack.of(self), f"{construct_id(name)}ClientId", value=client.user_pool_client_id)
        return client


def _scope(full: str, text: str) -> cognito.ResourceServerScope:
    name = full.removeprefix(f"{RESOURCE_SERVER}/")
    return cognito.ResourceServerScope(scope_name=name, scope_description=text)


def signing_secret(scope: Construct) -> secretsmanager.Secret:
    """Signs the links in mails and the cursors of lists. Kept when the stack is deleted: links outlive it."""
    return secretsmanager.Secret(
        scope,
        "SigningSecret",
        description="Signs the links in mails and the cursors of lists",
        generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
