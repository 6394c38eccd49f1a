"""One factory for AWS clients. botocore rather than boto3: the same clients without 60 to 90 ms of import."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import botocore.config
import botocore.session

from shared.aws.counting import count_calls
from shared.aws.plain_json import PlainJsonParsers

# Timeouts stay well below the functions' own, so that a slow call ends inside the invocation.
_CONNECT_SECONDS = 2
_READ_SECONDS = 8


@cache
def _session() -> Any:
    session = botocore.session.get_session()
    session.register_component("response_parser_factory", PlainJsonParsers())
    session.register("creating-client-class", count_calls)
    return session


@cache
def client(service: str, *, attempts: int = 4) -> Any:
    """A client of `service`. `attempts` counts the first try.

    1 means never repeat: mail, events and messages without a deduplication id would be there twice if only the answer
    was lost. Writes to the table may be repeated: their condition, or their transaction's token, makes that harmless.
    """
    config = botocore.config.Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": attempts},
        parameter_validation=False,
        user_agent="backorders",  # botocore would put its own together twice for every call
        max_pool_connections=10,
    )
    region = os.environ.get("AWS_REGION", "eu-west-1")
    return _session().create_client(service, region_name=region, config=config)
