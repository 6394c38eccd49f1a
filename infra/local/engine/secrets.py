"""Secrets Manager: one value per secret, the same in every run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from infra.local.engine.errors import ServiceError
from infra.local.engine.service import Answer, Clock, Operation, Params, Service, refuse_unknown


@dataclass(frozen=True, slots=True)
class _Secret:
    arn: str
    name: str
    value: str
    version: str
    created_at: float


class SecretsManager(Service):
    """GetSecretValue by ARN or name."""

    name = "secretsmanager"

    def __init__(self, clock: Clock, account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._secrets: dict[str, _Secret] = {}

    def create_secret(self, arn: str, name: str, value: str | None = None) -> None:
        """Create a secret. Without `value` it is 64 hexadecimal digits derived from the name."""
        digest = hashlib.sha256(f"local secret {name}".encode()).hexdigest()
        secret = _Secret(arn, name, value or digest, self.issue_uuid(), self.clock().timestamp())
        self._secrets[arn] = self._secrets[name] = secret

    def operations(self) -> Mapping[str, Operation]:
        return {"GetSecretValue": self._get_secret_value}

    def _get_secret_value(self, params: Params) -> Answer:
        refuse_unknown("GetSecretValue", params, frozenset({"SecretId", "VersionStage"}))
        secret = self._secrets.get(params["SecretId"])
        stage = params.get("VersionStage", "AWSCURRENT")
        if secret is None or stage != "AWSCURRENT":
            raise ServiceError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        return {
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": secret.version,
            "SecretString": secret.value,
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": secret.created_at,
        }
