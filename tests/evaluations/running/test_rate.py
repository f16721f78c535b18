"""The limiter: turns, cancellation, and giving an endpoint up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from evaluations.model import Answer, Failure, Refusal
from evaluations.running.breaker import Breaker
from evaluations.running.pace import Sent
from evaluations.running.rate import Limiter
from evaluations.running.retries import Retries, insist
from tests.evaluations.running.simulated import simulate

BUSY = Refusal(Failure("http_429", "HTTP 429: busy"), passing=True, overload=True)
ERROR = Refusal(Failure("http_500", "HTTP 500: broken"), passing=True)
GONE = Refusal(Failure("connection", "refused"), passing=True)
SLOW = Refusal(Failure("timeout", "no answer within 60 s"), passing=False)
WRONG = Refusal(Failure("http_400", "HTTP 400: what?"), passing=False)


async def _enter(limiter: Limiter) -> Sent:
    place = await limiter.enter()
    assert isinstance(place, Sent)
    return place


def test_no_more_than_allowed_are_in_flight_and_turns_are_kept() -> None:
    """First come, first served."""

    async def main() -> tuple[list[int], int]:
        limiter, order, most = Limiter(3), list[int](), 0

        async def ask(number: int) -> None:
            nonlocal most
            place = await _enter(limiter)
            order.append(number)
            most = max(most, limiter.in_flight)
            await asyncio.sleep(1)
            limiter.leave(place, Answer("a"))

        await asyncio.gather(*(ask(number) for number in range(10)))
        return order, most

    assert (list(range(10)), 3) == simulate(main())


def test_who_is_cancelled_gives_the_turn_on() -> None:
    """Both while waiting and at the moment when the turn comes."""

    async def main() -> int:
        limiter = Limiter(1)
        place = await _enter(limiter)
        waiting = [asyncio.ensure_future(limiter.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        limiter.leave(place, None)  # the turn is the second's, which is cancelled before it can take it
        waiting[1].cancel()
        await _enter_again(limiter, await waiting[2])
        return limiter.in_flight

    assert simulate(main()) == 0


async def _enter_again(limiter: Limiter, place: Sent | Failure) -> None:
    assert isinstance(place, Sent)
    limiter.leave(place, Answer("a"))


def _run(
    attempt: Callable[[], Awaitable[Answer | Refusal]], questions: int, breaker: Breaker | None = None
) -> tuple[float, list[Answer | Failure]]:
    """Sixty-four askers, so many questions: how long it took, and what came of them."""

    async def main() -> tuple[float, list[Answer | Failure]]:
        limiter, outcomes, left = Limiter(64, breaker), list[Answer | Failure](), iter(range(questions))

        async def ask() -> None:
            for _ in left:
                outcomes.append(await insist(attempt, Retries(), limiter))

        await asyncio.gather(*(ask() for _ in range(64)))
        return asyncio.get_running_loop().time(), outcomes

    return simulate(main())


@pytest.mark.parametrize(
    ("refusal", "seconds", "latency"),
    [(BUSY, 130, 0.01), (ERROR, 45, 0.01), (GONE, 45, 0.0), (SLOW, 130, 60.0)],
)
def test_an_endpoint_that_gives_no_answer_is_given_up(refusal: Refusal, seconds: float, latency: float) -> None:
    """A run of a hundred thousand ends within minutes, and says of each question why it was not asked."""
    asked = 0

    async def attempt() -> Answer | Refusal:
        nonlocal asked
        asked += 1
        await asyncio.sleep(latency)
        return refusal

    took, outcomes = _run(attempt, 100_000)
    causes = [each.cause for each in outcomes if isinstance(each, Failure)]
    assert took <= seconds
    assert 100_000 == len(causes)
    assert asked < 5_000
    not_asked = [each for each in outcomes if isinstance(each, Failure) and not each.attempts]
    assert len(not_asked) > 95_000
    assert {"endpoint_down"} == {each.cause for each in not_asked}
    assert not_asked[0].message.endswith(f"the last: {refusal.failure.message}")


@pytest.mark.parametrize("refusal", [BUSY, ERROR, GONE])
def test_a_short_outage_loses_nothing(refusal: Refusal) -> None:
    """Three seconds without the server, in the middle of a run."""

    async def attempt() -> Answer | Refusal:
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(0.05)
        return refusal if 1 <= now < 4 else Answer("a")

    _took, outcomes = _run(attempt, 5_000)
    failed = sum(isinstance(each, Failure) for each in outcomes)
    assert failed <= (0 if refusal is BUSY else 32)  # of 64, five attempts with jitter may fall into three seconds


def test_refused_requests_are_no_sign_of_a_dead_endpoint() -> None:
    """It said what is wrong with each: they fail as they are, however many."""

    async def attempt() -> Answer | Refusal:
        await asyncio.sleep(1)
        return WRONG

    _took, outcomes = _run(attempt, 10_000)
    assert {"http_400"} == {each.cause for each in outcomes if isinstance(each, Failure)}


def test_an_hour_between_answers_is_no_outage_while_they_are_on_their_way() -> None:
    """Refusals do not open the breaker while a request that was taken may yet be answered."""
    slots = 1

    async def attempt() -> Answer | Refusal:
        nonlocal slots
        if not slots:
            await asyncio.sleep(0.01)
            return BUSY
        slots -= 1
        await asyncio.sleep(600)
        slots += 1
        return Answer("a")

    async def main() -> list[Answer | Failure]:
        limiter = Limiter(2)
        return list(await asyncio.gather(*(insist(attempt, Retries(refusals=10_000), limiter) for _ in range(4))))

    assert [Answer] * 4 == [type(each) for each in simulate(main())]
