"""Several runs at the same time, and many questions at once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluations import ChatTarget, CommandTarget, Evaluated, ExactMatch, evaluate, evaluate_async
from evaluations.targets.routed import RoutedTarget
from tests.evaluations.conftest import sums
from tests.servers.model import ModelServer

PROGRAM = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"id": question["id"], "text": str(int(question["input"].split()[2]) + 1)}), flush=True)
"""


def _chat(url: str) -> Any:
    return ChatTarget(url, "m")


def _routed(url: str) -> Any:
    return RoutedTarget([ChatTarget("http://127.0.0.1:1/v1", "m"), ChatTarget(url, "m")])


def _command(_url: str) -> Any:
    return CommandTarget([sys.executable, "-c", PROGRAM], folder=Path())


@pytest.mark.parametrize("make", [_chat, _routed, _command])
def test_one_target_in_two_runs_at_once(make: Any) -> None:
    """The one that ends first takes nothing from the other; and afterwards the target can be used again."""

    async def both(target: Any) -> list[Evaluated]:
        counts = (3, 300)
        return await asyncio.gather(*(evaluate_async(sums(count), target, ExactMatch()) for count in counts))

    with ModelServer() as server:
        target = make(server.url)
        for _ in range(2):
            for run in asyncio.run(both(target)):
                assert ("pass", {}) == (run.summary.verdict.value, run.summary.variants["variant"].causes)


def test_as_many_are_asked_at_once_as_were_said() -> None:
    """Nothing waits inside of the target, where waiting would be time of the answer."""
    with ModelServer(latency=0.5) as server:
        run = evaluate(sums(200), ChatTarget(server.url, "m"), ExactMatch(), concurrency=200)
        assert ("pass", 200) == (run.summary.verdict.value, server.most_at_once)
