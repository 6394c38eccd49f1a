"""Signatures and pauses of Standard Webhooks."""

from __future__ import annotations

import pytest

from shared.webhooks.retries import PAUSES, pause
from shared.webhooks.signing import signatures

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_test_vector_of_the_specification_is_signed_alike() -> None:
    assert signatures([SECRET], ID, TIMESTAMP, BODY) == SIGNATURE


def test_every_secret_signs_in_order() -> None:
    other = "whsec_" + "QUJD" * 8
    both = signatures([other, SECRET], ID, TIMESTAMP, BODY).split(" ")
    assert len(both) == 2
    assert both[1] == SIGNATURE
    assert both[0] != SIGNATURE


@pytest.mark.parametrize(
    ("message_id", "timestamp", "body"), [("x", TIMESTAMP, BODY), (ID, TIMESTAMP + 1, BODY), (ID, TIMESTAMP, b"{}")]
)
def test_id_time_and_body_are_all_signed(message_id: str, timestamp: int, body: bytes) -> None:
    assert signatures([SECRET], message_id, timestamp, body) != SIGNATURE


def test_pauses_grow_whatever_the_jitter_and_end_after_three_days_and_a_bit() -> None:
    for tries, whole in enumerate(PAUSES, start=1):
        drawn = {pause(tries) for _ in range(200)}
        assert len(drawn) > 1
        assert all(n is not None and whole * 4 // 5 <= n <= whole * 6 // 5 for n in drawn)
    assert pause(len(PAUSES) + 1) is None
    assert 3 * 86_400 < sum(PAUSES) < 4 * 86_400
