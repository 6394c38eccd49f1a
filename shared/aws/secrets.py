"""Secrets Manager: the one secret of the stack, which signs cursors, quotes and links."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.clients import client
from shared.kernel.errors import Unavailable


def read_secret(arn: str, *, previous: bool = False) -> bytes | None:
    """The secret's text as bytes: the current one, or the one before the last rotation, which there may not be (None).

    Raises Unavailable when the service does not answer; a missing grant is an error.
    """
    stage = {"VersionStage": "AWSPREVIOUS"} if previous else {}
    try:
        answer = client("secretsmanager").get_secret_value(SecretId=arn, **stage)
    except ClientError as error:
        if previous and error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        if error.response["Error"]["Code"] in {"InternalServiceError", "ThrottlingException"}:
            raise Unavailable("the signing secret cannot be read", retry_after=2) from error
        raise
    except BotoCoreError as error:
        raise Unavailable("the signing secret cannot be read", retry_after=2) from error
    return str(answer["SecretString"]).encode()
