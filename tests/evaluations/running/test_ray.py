"""A run over a Ray cluster: two workers on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from evaluations.errors import UsageError
from evaluations.model import Answer, Datapoint, Result
from evaluations.running.ray_executor import RayExecutor
from evaluations.running.run import Question, ask_and_score, questions
from tests.evaluations.running.crew import MakeCrew
from tests.servers.model import ModelServer

COUNT = 600


def _asked() -> Iterator[Question]:
    points = (Datapoint(str(number), f"What is {number} * 3?", str(number * 3)) for number in range(COUNT // 2))
    return questions(points, ["v"], 2)


def _timeless(results: list[Result]) -> list[tuple[int, int, Result]]:
    """In order, without how long it took."""
    return sorted(
        (each.index, each.repeat, replace(each, answer=replace(each.answer, seconds=0.0)))
        for each in results
        if isinstance(each.answer, Answer)
    )


async def _here(url: str) -> list[Result]:
    results: list[Result] = []
    async with MakeCrew(url)() as crew:
        assert await ask_and_score(_asked(), crew.asks, crew.evaluators, results.append)
    return results


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked."""
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(UsageError) as raised, RayExecutor(MakeCrew("")):
        pass
    assert "install model-evaluations[ray], or leave the executor out" == raised.value.do


@pytest.mark.torture
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kills", [0, 1])
def test_the_results_are_those_of_one_process(kills: int) -> None:
    """Also where one of the two workers is killed in the middle."""
    pytest.importorskip("ray")
    results: list[Result] = []

    async def run(executor: RayExecutor) -> bool:
        def take(result: Result) -> None:
            results.append(result)
            if kills and len(results) == COUNT // 3:
                os.kill(executor.pids[0], signal.SIGKILL)

        return await executor(_asked(), {}, [], take, concurrency=32)

    with ModelServer(latency=0.05, wrong=0.2) as server:
        with RayExecutor(MakeCrew(server.url), workers=2) as executor:
            assert asyncio.run(run(executor))
        on_ray = server.requests
        expected = asyncio.run(_here(server.url))
    assert COUNT == len(results) == len(expected)
    assert _timeless(expected) == _timeless(results)
    assert COUNT <= on_ray <= COUNT + kills * 32
