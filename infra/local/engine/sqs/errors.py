"""The refusals of SQS: the model's shape name beside the query code that clients see."""

from __future__ import annotations

from infra.local.engine.errors import ServiceError

_PREFIX = "AWS.SimpleQueueService."


def queue_does_not_exist() -> ServiceError:
    """No queue has this URL."""
    return ServiceError(f"{_PREFIX}NonExistentQueue", "The specified queue does not exist.", shape="QueueDoesNotExist")


def invalid_parameter(parameter: str, value: object, reason: str) -> ServiceError:
    """A value this queue or operation does not take."""
    message = f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    return ServiceError("InvalidParameterValue", message, shape="InvalidParameterValueException")


def missing_parameter(parameter: str) -> ServiceError:
    """A parameter this queue needs."""
    message = f"The request must contain the parameter {parameter}."
    return ServiceError("MissingParameter", message, shape="MissingParameterException")


def invalid_contents() -> ServiceError:
    """The body has characters outside XML's set."""
    message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | ..."
    return ServiceError("InvalidMessageContents", message)


def batch_error(shape: str, message: str) -> ServiceError:
    """A batch that is refused as a whole."""
    return ServiceError(f"{_PREFIX}{shape}", message, shape=shape)


def message_gone(handle: str) -> ServiceError:
    """The message under a receipt handle was deleted."""
    return invalid_parameter(
        "ReceiptHandle", handle, "Message does not exist or is not available for visibility timeout change."
    )


def invalid_receipt(handle: str) -> ServiceError:
    """Not a receipt handle of this queue."""
    message = f'The input receipt handle "{handle}" is not a valid receipt handle.'
    return ServiceError("ReceiptHandleIsInvalid", message)


def expired_receipt(handle: str) -> ServiceError:
    """A FIFO queue refuses a receipt whose visibility timeout has passed."""
    return invalid_parameter("ReceiptHandle", handle, "The receipt handle has expired.")
