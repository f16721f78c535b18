"""A run over a Ray cluster: two workers on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from evaluations.cli import main
from evaluations.errors import UsageError
from evaluations.model import Answer, Datapoint, Result
from evaluations.running.ray_executor import RayExecutor
from evaluations.running.run import Question, ask_and_score, questions
from tests.evaluations.conftest import Write, sums
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
    async with MakeCrew(url)(64) as crew:
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


@pytest.mark.torture
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("workers", "concurrency", "share"), [(2, 5, 2), (3, 2, 1)])
def test_concurrency_is_shared_and_workers_have_the_last_word(workers: int, concurrency: int, share: int) -> None:
    """No more is on its way than the shares of all, one at least each; a stop lets workers close what they hold."""
    pytest.importorskip("ray")
    most, stop = workers * share, asyncio.Event()

    def take(result: Result) -> None:
        results.append(result)
        if len(results) == COUNT // 4:
            stop.set()

    results: list[Result] = []
    with ModelServer(latency=0.01) as server:
        with RayExecutor(MakeCrew(server.url), workers=workers) as executor:
            assert not asyncio.run(executor(_asked(), {}, [], take, concurrency=concurrency, stop=stop))
        assert 1 < server.most_at_once <= most
    said = [words.partition(": ")[2] for words in executor.notes.said]
    assert sorted([f"{share} at once", "closed"] * workers) == sorted(said)
    assert workers == executor.notes.not_asked


@pytest.mark.torture
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_the_program_joined_is_used_and_stays() -> None:
    """Whoever began it ends it."""
    ray = pytest.importorskip("ray")
    results: list[Result] = []
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        with ModelServer() as server, RayExecutor(MakeCrew(server.url), workers=1) as executor:
            assert asyncio.run(executor(_asked(), {}, [], results.append, concurrency=8))
        assert (COUNT, True) == (len(results), ray.is_initialized())
    finally:
        ray.shutdown()


@pytest.mark.torture
@pytest.mark.filterwarnings("ignore")
def test_what_a_dead_worker_said_stays() -> None:
    """It had said it with a batch, before it was killed; the one in its place says its own."""
    pytest.importorskip("ray")
    results: list[Result] = []

    async def run(executor: RayExecutor) -> bool:
        def take(result: Result) -> None:
            results.append(result)
            if len(results) == COUNT // 2:
                dead.append(executor.pids[0])
                os.kill(dead[0], signal.SIGKILL)

        return await executor(_asked(), {}, [], take, concurrency=32)

    dead: list[int] = []
    with ModelServer(latency=0.05) as server, RayExecutor(MakeCrew(server.url), workers=2) as executor:
        assert asyncio.run(run(executor))
    assert f"{dead[0]}: 16 at once" in executor.notes.said
    assert f"{dead[0]}: closed" not in executor.notes.said
    assert 2 == sum(words.endswith(": closed") for words in executor.notes.said)
    assert 3 == executor.notes.not_asked


@pytest.mark.torture
@pytest.mark.filterwarnings("ignore")
def test_workers_keep_their_answers(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every answer is in the cache when the run has ended: another run asks nothing."""
    pytest.importorskip("ray")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with ModelServer() as server:
        words = ["run", "--dataset", str(write(*sums(100))), "--endpoint", server.url, "--model", "m"]
        words += ["--inference-cache", "on"]
        assert main([*words, "--executor", "ray", "--workers", "2"]) == 0, capsys.readouterr()
        assert 100 == server.requests
        assert main(words) == 0
        assert 100 == server.requests
    assert "100 answers from the cache" in capsys.readouterr().out
