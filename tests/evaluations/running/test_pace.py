"""The rate that is found, against servers with a known limit, on a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import pytest

from evaluations.model import Failure
from evaluations.running.rate import Limiter
from tests.evaluations.running.simulated import Server, fixed_window, simulate, slots, steady, token_bucket, varied


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


_CASES: list[tuple[str, Callable[[], Server], float, float]] = [
    *(
        (
            f"{rate} a second, bursts of {burst}, Retry-After {wait}",
            lambda rate=rate, burst=burst, wait=wait: Server(token_bucket(rate, burst, wait), steady(0.05)),
            rate,
            60,
        )
        for rate, burst in ((5, 5), (20, 20), (100, 20), (100, 100))
        for wait in (-1, 1)
    ),
    ("answers that take long", lambda: Server(token_bucket(20, 20), varied(1.0)), 20, 60),
    *(
        (
            f"{count} in {seconds} s, {'with' if says else 'without'} Retry-After",
            lambda count=count, seconds=seconds, says=says: Server(
                fixed_window(count, seconds, says=says), steady(0.05)
            ),
            count / seconds,
            8 * seconds,
        )
        for count, seconds in ((10, 1), (100, 1), (100, 10), (600, 60))
        for says in (True, False)
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


def test_nothing_is_held_back_where_nothing_is_refused() -> None:
    """All places are in use all the time."""
    limiter = Limiter(64)
    seen = simulate(_load(Server(lambda _now, _working: None, steady(0.05)), 10, limiter))
    assert seen.taken == pytest.approx(64 / 0.052, rel=0.01)
    assert (64, float("inf")) == (limiter.pace.window, limiter.pace.rate)


def test_a_limit_that_rises_is_found() -> None:
    """Ten times the rate after a minute: the run follows within the next."""
    slow, quick = token_bucket(10, 10), token_bucket(100, 10)
    server = Server(lambda now, working: (slow if now < 60 else quick)(now, working), steady(0.05))
    seen = simulate(_load(server, 240, Limiter(64)))
    assert seen.taken >= 80


def test_a_limit_that_falls_is_found() -> None:
    """A tenth of the rate from the middle of the run on."""
    slow, quick = token_bucket(10, 10), token_bucket(100, 10)
    server = Server(lambda now, working: (quick if now < 30 else slow)(now, working), steady(0.05))
    seen = simulate(_load(server, 120, Limiter(64)))
    assert 8 <= seen.taken <= seen.sent <= 12
