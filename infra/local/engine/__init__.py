"""The AWS services the stack uses, in this process: exact, deterministic, without a socket.

`Engine` holds the services' state and answers requests in their wire format; `transport.install` puts it
below every botocore client of the process. Time comes only from the clock given to the engine.
"""

from infra.local.engine.aws import Engine
from infra.local.engine.caller import current_caller
from infra.local.engine.errors import ServiceError

__all__ = ["Engine", "ServiceError", "current_caller"]
