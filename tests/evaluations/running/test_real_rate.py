"""The rate that is found, over HTTP on the wall's clock."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

import pytest

from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Result
from evaluations.running.asking import Asker
from evaluations.running.rate import Limiter
from evaluations.running.run import ask_and_score, questions
from evaluations.targets.chat import ChatTarget
from tests.servers.limited import LimitedServer
from tests.servers.limits import Takes, fixed_window, sliding_window, token_bucket
from tests.servers.model import MODEL, ModelServer


def _run(server: ModelServer, count: int) -> tuple[float, list[Result]]:
    """Seconds and results of a run of so many, sixty-four at once."""
    results: list[Result] = []
    points = (Datapoint(str(number), f"What is {number} + 1?", str(number + 1)) for number in range(count))

    async def main() -> float:
        async with ChatTarget(server.url, MODEL) as target:
            ask = Asker(target, limiter=Limiter(64)).ask
            started = time.monotonic()
            assert await ask_and_score(questions(points, ["v"]), {"v": ask}, [ExactMatch()], results.append)
            return time.monotonic() - started

    return asyncio.run(main()), results


_KINDS: dict[str, Callable[[int], Takes]] = {
    "bucket of 20": lambda rate: token_bucket(rate, 20),
    "bucket of 50": lambda rate: token_bucket(rate, 50),
    "fixed window": lambda rate: fixed_window(rate, 1),
    "sliding window": lambda rate: sliding_window(rate, 1),
}


def _limits() -> Iterator[object]:
    for kind, rate, retry_after in product(_KINDS, (50, 200, 500), (None, "1", "2")):
        named = f"{rate} a second, {kind}, Retry-After {retry_after}"
        yield pytest.param(kind, rate, retry_after, max(8 * rate, 500), id=named)


@pytest.mark.torture
@pytest.mark.parametrize(("kind", "rate", "retry_after", "count"), list(_limits()))
def test_a_whole_run_takes_four_fifths_of_what_is_allowed(
    kind: str, rate: int, retry_after: str | None, count: int
) -> None:
    """Every question is answered, and no more than a fifth, and those that came first, are asked in vain.

    A machine that is busy with something else is slow for a time: one run of three must be as it should.
    """
    seen = []
    for _again in range(3):
        with LimitedServer(latency=0.02, takes=_KINDS[kind](rate), retry_after=retry_after) as server:
            seconds, results = _run(server, count)
        assert {Answer} == {type(result.answer) for result in results}
        assert count == server.taken == len(results)
        seen.append((count / seconds, server.requests))
        if count / seconds >= 0.8 * rate and server.requests <= 1.2 * count + 64:
            return
    pytest.fail(f"of {rate} a second and {count} questions: {seen}")


def test_an_unlimited_server_is_not_slowed_down() -> None:
    """As many at once as it may be, each question asked once."""
    with ModelServer(latency=0.05) as server:
        _seconds, results = _run(server, 1000)
    assert {1: 1000} == Counter(result.answer.attempts for result in results)
    assert 64 == server.most_at_once
