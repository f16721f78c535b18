"""What is tried again, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from evaluations.model import Answer, Failure, Refusal
from evaluations.running.rate import Limiter
from evaluations.running.retries import Retries, insist
from evaluations.targets.protocol import seconds_asked
from tests.evaluations.running.simulated import simulate

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
FAILURE = Failure("http_500", "x")


@pytest.mark.parametrize(
    ("attempt", "asked", "draw", "expected"),
    [
        (1, None, 0.0, 0.0),
        (1, None, 0.5, 0.25),
        (3, None, 0.5, 1.0),
        (4, None, 0.999, 3.996),
        (5, None, 0.5, None),
        (5, 1.0, 0.5, None),
        (1, 2.0, 0.0, 2.0),
        (1, 2.0, 0.5, 2.25),
        (1, 30.0, 0.0, 30.0),
        (1, 31.0, 0.0, None),
        (1, 0.0, 0.9, 0.0),
    ],
)
def test_delays(attempt: int, asked: float | None, draw: float, expected: float | None) -> None:
    """Doubled and drawn; what the server asks for is kept; both are bounded."""
    delay = Retries().delay(attempt, asked, draw)
    assert expected == (None if delay is None else pytest.approx(delay))


def test_no_delay_is_longer_than_the_longest() -> None:
    """However many attempts."""
    assert Retries(attempts=100).delay(90, None, 1.0) == 30.0


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("3", 3.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        ("Sun, 22 Nov 2026 12:00:07 GMT", 7.0),
        ("Sun, 22 Nov 2026 12:00:07 -0000", 7.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after(header: str | None, expected: float | None) -> None:
    """Seconds or a date, as RFC 9110 has it; nonsense is none."""
    assert expected == seconds_asked(header, NOW)


def overloaded(wait: float | None = None) -> Refusal:
    """A 429."""
    return Refusal(Failure("http_429", "busy"), passing=True, wait=wait, overload=True)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Answer("a")], Answer("a", attempts=1)),
        ([Refusal(FAILURE, passing=True), Answer("a")], Answer("a", attempts=2)),
        ([Refusal(FAILURE, passing=False)], Failure("http_500", "x", 1)),
        ([Refusal(FAILURE, passing=True)] * 3, Failure("http_500", "x", 3)),
        ([Refusal(FAILURE, passing=True, wait=99.0)], Failure("http_500", "x", 1)),
        ([*[overloaded()] * 9, Answer("a")], Answer("a", attempts=10)),
        ([overloaded(60.0), Refusal(FAILURE, passing=True), overloaded(), Answer("a")], Answer("a", attempts=4)),
        ([overloaded()] * 10, Failure("http_429", "busy", 10)),
        ([overloaded(121.0)], Failure("http_429", "busy", 1)),
    ],
)
def test_insisting_ends(outcomes: list[Answer | Refusal], expected: Answer | Failure) -> None:
    """With an answer, at what does not pass, or when the attempts are used up; refusals for overload are not those."""
    left: Iterator[Answer | Refusal] = iter(outcomes)

    async def attempt() -> Answer | Refusal:
        return next(left)

    assert expected == simulate(insist(attempt, Retries(attempts=3, refusals=10), Limiter()))
    assert list(left) == []
