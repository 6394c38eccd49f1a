"""Tokens of the local world, and the JWT authorizer that checks them as API Gateway does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from infra.local.clock import Clock
from infra.local.template import Resource, TemplateError

TOKEN_LIFETIME = timedelta(days=400)


class UnauthorizedError(Exception):
    """No valid token; the text is what the gateway says in `www-authenticate`."""


class ForbiddenError(Exception):
    """A valid token that lacks every scope the route asks for."""


class TokenIssuer:
    """Issues and reads tokens signed with a key that lives as long as the world. Times are the world's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._issued = 0

    def issue(
        self, *, issuer: str, audience: str, client: str, scopes: list[str], lifetime: timedelta = TOKEN_LIFETIME
    ) -> str:
        """A token in the shape of a Cognito access token (client credentials), with an audience besides."""
        self._issued += 1
        now = self._clock.now()
        claims = {
            "sub": client,
            "token_use": "access",
            "scope": " ".join(scopes),
            "auth_time": int(now.timestamp()),
            "iss": issuer,
            "aud": audience,
            "exp": int((now + lifetime).timestamp()),
            "iat": int(now.timestamp()),
            "version": 2,
            "jti": f"local-{self._issued}",
            "client_id": client,
        }
        signed = f"{_encode({'alg': 'HS256', 'kid': 'local'})}.{_encode(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token this issuer signed. Raises UnauthorizedError."""
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode("utf-8", "replace")):
            raise UnauthorizedError("signature is invalid")
        if _decode(header).get("alg") != "HS256":
            raise UnauthorizedError("signing method is invalid")
        return _decode(payload)

    def _signature(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True)
class JwtAuthorizer:
    """One AWS::ApiGatewayV2::Authorizer of type JWT."""

    issuer: str
    audience: tuple[str, ...]
    header: str
    tokens: TokenIssuer
    clock: Clock

    @classmethod
    def of(cls, resource: Resource, tokens: TokenIssuer, clock: Clock) -> JwtAuthorizer:
        """The authorizer a resource describes. Raises TemplateError."""
        properties = resource.properties
        (source,) = properties["IdentitySource"]
        if properties["AuthorizerType"] != "JWT" or not source.startswith("$request.header."):
            raise TemplateError(f"{resource.logical_id}: only JWT authorizers that read a header are known here")
        configuration = properties["JwtConfiguration"]
        return cls(
            issuer=configuration["Issuer"],
            audience=tuple(configuration["Audience"]),
            header=source.removeprefix("$request.header.").lower(),
            tokens=tokens,
            clock=clock,
        )

    def claims(self, headers: dict[str, str], route_scopes: list[str]) -> dict[str, Any]:
        """The claims of the request's token. Raises UnauthorizedError or ForbiddenError."""
        value = headers.get(self.header, "")
        token = value[7:] if value[:7].lower() == "bearer " else value
        if not token.strip():
            raise UnauthorizedError("")
        claims = self.tokens.read(token.strip())
        self._check_times(claims)
        if claims.get("iss") != self.issuer:
            raise UnauthorizedError("the token does not have a valid issuer")
        audience = claims.get("aud", claims.get("client_id"))
        if not set(audience if isinstance(audience, list) else [audience]) & set(self.audience):
            raise UnauthorizedError("the token does not have a valid audience")
        if route_scopes and not set(claims.get("scope", "").split()) & set(route_scopes):
            raise ForbiddenError(" ".join(route_scopes))
        return claims

    def _check_times(self, claims: dict[str, Any]) -> None:
        now = self.clock.now().timestamp()
        if now >= claims.get("exp", 0):
            raise UnauthorizedError("the token has expired")
        if now < claims.get("nbf", 0) or int(now) < claims.get("iat", 0):
            raise UnauthorizedError("the token is not valid yet")


def _encode(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _decode(text: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError as error:
        raise UnauthorizedError("the token is malformed") from error
    if not isinstance(value, dict):
        raise UnauthorizedError("the token is malformed")
    return value
