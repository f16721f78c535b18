"""The rate that is found, against servers with a known limit, on a clock that jumps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import pytest

from evaluations.model import Answer, Failure
from evaluations.running.rate import Limiter
from evaluations.running.retries import Retries, insist
from tests.evaluations.running.simulated import Server, limit, simulate, slots, steady, varied
from tests.servers.limits import (
    Says,
    Takes,
    always,
    exactly,
    fixed_window,
    nothing,
    sliding_window,
    token_bucket,
    two_windows,
    whole_seconds,
)


class Seen(NamedTuple):
    """Of the second half of a run, when the limit had time to be found."""

    taken: float
    """Requests per second."""
    sent: float


async def _load(server: Server, seconds: float, limiter: Limiter) -> Seen:
    """Sixty-four askers that never pause, in a run of so many seconds."""
    loop = asyncio.get_running_loop()

    async def ask() -> None:
        while loop.time() < seconds:
            place = await limiter.enter()
            assert not isinstance(place, Failure)
            limiter.leave(place, await server.attempt())

    askers = [asyncio.ensure_future(ask()) for _ in range(64)]
    await asyncio.sleep(seconds / 2)
    taken, refused = server.taken, server.refused
    await asyncio.sleep(seconds / 2)
    taken, refused = server.taken - taken, server.refused - refused
    for each in askers:
        each.cancel()
    await asyncio.gather(*askers, return_exceptions=True)
    return Seen(taken / seconds * 2, (taken + refused) / seconds * 2)


async def _whole(server: Server, questions: int) -> float:
    """Questions per second of a whole run, sixty-four at once, of which every one is answered."""
    limiter, left = Limiter(64), iter(range(questions))

    async def ask() -> None:
        for _ in left:
            assert isinstance(await insist(server.attempt, Retries(), limiter), Answer)

    await asyncio.gather(*(ask() for _ in range(64)))
    return questions / asyncio.get_running_loop().time()


_KINDS: dict[str, Callable[[int, Says], Takes]] = {
    "bucket of 1": lambda rate, says: token_bucket(rate, 1, says),
    "bucket of 5": lambda rate, says: token_bucket(rate, 5, says),
    "bucket of 20": lambda rate, says: token_bucket(rate, 20, says),
    "bucket of 50": lambda rate, says: token_bucket(rate, 50, says),
    "bucket of a second": lambda rate, says: token_bucket(rate, rate, says),
    "bucket of 10 seconds": lambda rate, says: token_bucket(rate, 10 * rate, says),
    "fixed window of 1 s": lambda rate, says: fixed_window(rate, 1, says),
    "fixed window of 10 s": lambda rate, says: fixed_window(10 * rate, 10, says),
    "fixed window of 60 s": lambda rate, says: fixed_window(60 * rate, 60, says),
    "sliding window of 1 s": lambda rate, says: sliding_window(rate, 1, says),
    "sliding window of 10 s": lambda rate, says: sliding_window(10 * rate, 10, says),
    "two windows of 1 s": lambda rate, says: two_windows(rate, 1, says),
    "two windows of 10 s": lambda rate, says: two_windows(10 * rate, 10, says),
}
_SAYS = {"nothing": nothing, "1": always(1), "2": always(2), "whole seconds": whole_seconds, "the truth": exactly}
_LATENCIES: dict[str, tuple[Callable[[], Callable[[], float]], float]] = {
    "20 ms": (lambda: steady(0.02), 0.02),
    "50 ms": (lambda: steady(0.05), 0.05),
    "100 ms, varied": (lambda: varied(0.1), 0.1),
    "1 s, varied": (lambda: varied(1.0), 1.0),
}
_SHORT = {"bucket of 5", "bucket of 50", "fixed window of 1 s", "sliding window of 1 s"}


def _whole_runs() -> Iterator[object]:
    """Every limit that 64 at once can reach; the short ones in each run of the tests."""
    for kind, rate, says, latency in product(_KINDS, (20, 50, 200, 500), _SAYS, _LATENCIES):
        if rate * _LATENCIES[latency][1] <= 0.9 * 64:
            short = kind in _SHORT and (rate, says, latency) == (200, "1", "50 ms")
            marks = () if short else pytest.mark.torture
            named = f"{rate} a second, {kind}, {latency}, Retry-After {says}"
            yield pytest.param(kind, rate, says, latency, id=named, marks=marks)


@pytest.mark.parametrize(("kind", "rate", "says", "latency"), list(_whole_runs()))
def test_a_whole_run_takes_four_fifths_of_what_is_allowed(kind: str, rate: int, says: str, latency: str) -> None:
    """From the first request to the last, the search included; and no more than a fifth is asked in vain."""
    server = Server(limit(_KINDS[kind](rate, _SAYS[says])), _LATENCIES[latency][0]())
    strict = kind == "bucket of 1"  # refuses whatever comes a moment too early: timers are not that exact
    assert (0.79 if strict else 0.8) * rate <= simulate(
        _whole(server, 3000 if rate > 20 or latency != "50 ms" else 1500)
    )
    assert server.taken + server.refused <= 1.2 * server.taken


_CASES: list[tuple[str, Callable[[], Server], float, float]] = [
    *(
        (
            f"{rate} a second, bursts of {burst}, Retry-After {says}",
            lambda rate=rate, burst=burst, says=says: Server(
                limit(token_bucket(rate, burst, _SAYS[says])), steady(0.05)
            ),
            rate,
            60,
        )
        for rate, burst in ((5, 5), (100, 20))
        for says in ("nothing", "1")
    ),
    ("answers that take long", lambda: Server(limit(token_bucket(20, 20)), varied(1.0)), 20, 60),
    *(
        (
            f"{count} in {seconds} s, Retry-After {says}",
            lambda count=count, seconds=seconds, says=says: Server(
                limit(fixed_window(count, seconds, _SAYS[says])), steady(0.05)
            ),
            count / seconds,
            8 * seconds,
        )
        for count, seconds in ((10, 1), (100, 10), (600, 60))
        for says in ("the truth", "nothing")
    ),
    *(
        (f"{count} slots", lambda count=count: Server(slots(count), steady(0.05)), count / 0.052, 40)
        for count in (1, 2, 10)
    ),
    *(
        (f"{count} slots, varied", lambda count=count: Server(slots(count), varied(0.5)), count / 0.502, 200)
        for count in (2, 10, 30)
    ),
]


@pytest.mark.torture
@pytest.mark.parametrize(
    ("make", "allowed", "seconds"), [case[1:] for case in _CASES], ids=[case[0] for case in _CASES]
)
def test_the_rate_found_is_within_a_fifth_of_what_is_allowed(
    make: Callable[[], Server], allowed: float, seconds: float
) -> None:
    """Both what is taken and what is sent, whatever way the server counts."""
    seen = simulate(_load(make(), seconds, Limiter(64)))
    assert 0.8 * allowed <= seen.taken
    assert seen.sent <= 1.2 * allowed


@pytest.mark.parametrize("says", [-1, *(pytest.param(says, marks=pytest.mark.torture) for says in (0, 1))])
@pytest.mark.parametrize(("share", "least"), [(0.02, 100), (0.05, 25), (0.15, 4), (0.3, 4), (0.5, 2)])
def test_refusals_at_random_do_not_starve_a_run(share: float, least: float, says: float) -> None:
    """A model that others use too refuses a share of everything: asking more slowly would not help, and ends."""
    draw = random.Random(1)
    server = Server(lambda _now, _working: says if draw.random() < share else None, steady(0.05))
    assert least <= simulate(_whole(server, 600))


def test_nothing_is_held_back_where_nothing_is_refused() -> None:
    """All places are in use all the time."""
    limiter = Limiter(64)
    seen = simulate(_load(Server(lambda _now, _working: None, steady(0.05)), 10, limiter))
    assert seen.taken == pytest.approx(64 / 0.052, rel=0.01)
    assert (64, float("inf")) == (limiter.pace.window, limiter.pace.rate)


def test_a_limit_that_rises_is_found() -> None:
    """Ten times the rate after half a minute: the run follows within the next."""
    slow, quick = token_bucket(10, 10), token_bucket(100, 10)
    server = Server(lambda now, _working: (slow if now < 30 else quick)(now), steady(0.05))
    seen = simulate(_load(server, 120, Limiter(64)))
    assert seen.taken >= 80


def test_a_limit_that_falls_is_found() -> None:
    """A tenth of the rate from the middle of the run on."""
    slow, quick = token_bucket(10, 10), token_bucket(100, 10)
    server = Server(lambda now, _working: (quick if now < 30 else slow)(now), steady(0.05))
    seen = simulate(_load(server, 120, Limiter(64)))
    assert 8 <= seen.taken <= seen.sent <= 12
