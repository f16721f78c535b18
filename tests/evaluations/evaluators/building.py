"""Evaluators from settings, as a configuration has them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec

from evaluations.evaluators import Evaluator
from evaluations.evaluators.build import build
from evaluations.evaluators.specs import ModelFreeSpec
from evaluations.model import Answer, Datapoint, Failure, Rating

ASKED = Datapoint("7", "What is 1 + 1?", "2", tags=("sums",), metadata={"level": 1})


def built(stack: AsyncExitStack, settings: dict[str, Any], folder: Path = Path(), **more: Any) -> Evaluator:
    """The evaluator `it`; its settings stand at functions.F.evaluators.it."""
    spec = msgspec.convert(settings, ModelFreeSpec)
    return build("it", spec, stack, folder=folder, where="functions.F.evaluators.it", **more)


async def scored(settings: dict[str, Any], folder: Path, *answers: Answer) -> list[float | Rating | Failure]:
    """The scores of answers to ASKED, one after the other."""
    async with AsyncExitStack() as stack:
        evaluator = built(stack, settings, folder)
        return [await evaluator.score(ASKED, answer) for answer in answers]
