from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.aws import table
from shared.kernel.errors import Contended, ServiceError, Unavailable


def raised(code: str) -> BaseException:
    def call(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutItem")

    with pytest.raises((ClientError, ServiceError, table.ConditionLost)) as caught:
        table.guarded(call)
    return caught.value


def test_an_error_nobody_expects_leaves_as_it_is_and_is_not_its_own_cause() -> None:
    error = raised("ValidationException")
    assert isinstance(error, ClientError)
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ConditionalCheckFailedException", table.ConditionLost),
        ("TransactionConflictException", Contended),
        ("ThrottlingException", Unavailable),
    ],
)
def test_an_error_that_means_something_keeps_what_it_came_from(code: str, kind: type[Exception]) -> None:
    error = raised(code)
    assert isinstance(error, kind)
    assert isinstance(error.__cause__, ClientError)
