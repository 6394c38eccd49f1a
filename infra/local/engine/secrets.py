"""Secrets Manager: one value per secret, the same in every run, and the one before it once it is rotated."""

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
        self._previous: dict[str, _Secret] = {}

    def create_secret(self, arn: str, name: str, value: str | None = None) -> None:
        """Create a secret. Without `value` it is 64 hexadecimal digits derived from the name."""
        digest = hashlib.sha256(f"local secret {name}".encode()).hexdigest()
        secret = _Secret(arn, name, value or digest, self.issue_uuid(), self.clock().timestamp())
        self._secrets[arn] = self._secrets[name] = secret

    def rotate_secret(self, name: str, value: str) -> None:
        """Give a secret a new value; the one it had is kept as the previous one."""
        before = self._secrets[name]
        secret = _Secret(before.arn, before.name, value, self.issue_uuid(), self.clock().timestamp())
        self._secrets[before.arn] = self._secrets[before.name] = secret
        self._previous[before.arn] = self._previous[before.name] = before

    def operations(self) -> Mapping[str, Operation]:
        return {"GetSecretValue": self._get_secret_value}

    def _get_secret_value(self, params: Params) -> Answer:
        refuse_unknown("GetSecretValue", params, frozenset({"SecretId", "VersionStage"}))
        stage = params.get("VersionStage", "AWSCURRENT")
        stages = {"AWSCURRENT": self._secrets, "AWSPREVIOUS": self._previous}
        secret = stages.get(stage, {}).get(params["SecretId"])
        if secret is None:
            raise ServiceError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        return {
            "ARN": secret.arn,
            "Name": secret.name,
            "VersionId": secret.version,
            "SecretString": secret.value,
            "VersionStages": [stage],
            "CreatedDate": secret.created_at,
        }
