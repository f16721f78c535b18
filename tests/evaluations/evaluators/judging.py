"""Judges for tests: settings in one line, and a real model server that judges."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec

from evaluations.evaluators import Evaluator
from evaluations.evaluators.judge_build import build_judge, judge_names
from evaluations.evaluators.judge_panel import Ask
from evaluations.evaluators.judge_specs import JudgeSpec
from evaluations.model import Answer, Datapoint, Failure, Rating
from evaluations.running.asking import Asker
from evaluations.running.retries import Retries
from evaluations.targets.chat import ChatTarget
from tests.servers.model import ModelServer

POINT = Datapoint("1", "What is 6 * 7?", "42")
Script = Callable[[dict[str, Any]], str | None]


def spec(**fields: Any) -> JudgeSpec:
    """Settings of one boolean judge with a rubric, but for what is given."""
    given = {"type": "llm_judge", "rubric": "Is the answer right?", "judges": ["grade::one"], **fields}
    if given["type"] == "llm_judge":
        given.setdefault("output_type", "boolean")
    settings: JudgeSpec = msgspec.convert(given, JudgeSpec)
    return settings


def judge(
    settings: JudgeSpec, asks: Mapping[str, Ask], stack: AsyncExitStack | None = None, folder: Path = Path()
) -> Evaluator:
    """The evaluator `quality`."""
    return build_judge("quality", settings, asks, stack or AsyncExitStack(), folder=folder, where="evaluators.quality")


def rate(
    settings: JudgeSpec, server: ModelServer, *cases: tuple[Datapoint, Answer], folder: Path = Path()
) -> list[float | Rating | Failure]:
    """What the evaluator gives for each case, one after the other; every judge is a model on the server."""

    async def run() -> list[float | Rating | Failure]:
        async with AsyncExitStack() as stack:
            asks = {}
            for name in judge_names(settings):
                target = await stack.enter_async_context(ChatTarget(server.url, name, timeout=5))
                asks[name] = Asker(target, Retries(attempts=2, first=0.01)).ask
            evaluator = judge(settings, asks, stack, folder)
            return [await evaluator.score(point, answer) for point, answer in cases]

    return asyncio.run(run())


def saying(*replies: Answer | Failure) -> Ask:
    """A judge that says these things, one after the other, whatever it is asked."""
    left = iter(replies)

    async def ask(datapoint: Datapoint, repeat: int) -> Answer | Failure:
        return next(left)

    return ask


def score(settings: JudgeSpec, asks: Mapping[str, Ask], answer: str = "42") -> float | Rating | Failure:
    """What the evaluator gives for one answer to POINT."""
    return asyncio.run(judge(settings, asks).score(POINT, Answer(answer)))


def verdict(score: bool | float, reason: str = "because") -> Answer:
    """A judge's reply."""
    return Answer(json.dumps({"thinking": reason, "score": score}))


def winner(*winners: str) -> Sequence[Answer]:
    """A pairwise judge's replies."""
    return [Answer(json.dumps({"thinking": f"{each}!", "winner": each})) for each in winners]


def last_case(server: ModelServer) -> str:
    """What the judge was last shown."""
    content = server.seen[-1][1]["messages"][-1]["content"]
    assert isinstance(content, str)
    return content
