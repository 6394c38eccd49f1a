"""A function of the template, what it is given, and what comes of invoking it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.template import Resource, Template

LATEST = "$LATEST"
_PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Function:
    """A function of the template; `timeout` in seconds, `memory` in MB. `arn` is the one under which it is started."""

    name: str
    arn: str
    handler: str
    timeout: int
    memory: int
    role: str
    environment: dict[str, str]
    dead_letter_target: str | None
    version: str = LATEST

    @property
    def arn_with_qualifier(self) -> str:
        """The ARN as reports of failures have it: the newest code is called by its name too."""
        return f"{self.arn}:{LATEST}" if self.version == LATEST else self.arn

    @property
    def log_stream(self) -> str:
        """Name of the one log stream there is."""
        return f"{self.name}[{self.version}]local"

    @classmethod
    def of(cls, resource: Resource, template: Template) -> Function:
        """The function that a resource describes."""
        properties = resource.properties
        return cls(
            name=resource.name,
            arn=f"arn:aws:lambda:{template.region}:{template.account}:function:{resource.name}",
            handler=properties["Handler"],
            timeout=int(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            role=properties["Role"],
            environment={k: str(v) for k, v in properties.get("Environment", {}).get("Variables", {}).items()},
            dead_letter_target=properties.get("DeadLetterConfig", {}).get("TargetArn"),
        )


@dataclass(frozen=True)
class FunctionError:
    """Why an invocation failed, as Lambda reports it."""

    type: str
    message: str
    trace: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The error payload of Lambda."""
        return {"errorMessage": self.message, "errorType": self.type, "stackTrace": list(self.trace)}


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: a JSON value or an error, how long it took, and the errors it logged."""

    request_id: str
    seconds: float = 0.0
    value: Any = None
    error: FunctionError | None = None
    logged_errors: tuple[str, ...] = ()

    def logged_about(self, name: str) -> str | None:
        """The last error it logged that names this (a message id); if none does, the last one."""
        about = [line for line in self.logged_errors if name in line] or self.logged_errors
        return about[-1] if about else None


@dataclass(frozen=True)
class LambdaContext:
    """The context object handlers get, with the members of the managed runtime."""

    function_name: str
    memory_limit_in_mb: str
    invoked_function_arn: str
    aws_request_id: str
    log_stream_name: str
    remaining: Callable[[], float] = field(repr=False)
    function_version: str = LATEST
    identity: None = None
    client_context: None = None
    tenant_id: None = None

    @property
    def log_group_name(self) -> str:
        """Name of the log group."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the timeout."""
        return max(0, round(self.remaining() * 1000))


def environment_of(function: Function, trace: str) -> dict[str, str]:
    """The variables that Lambda and the template give a function, and some that keep out the user's own AWS files."""
    region = function.arn.split(":")[3]
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": function.log_stream,
        "LAMBDA_TASK_ROOT": str(_PROJECT),
        "_HANDLER": function.handler,
        "_X_AMZN_TRACE_ID": trace,
        **function.environment,
    }
