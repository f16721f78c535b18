"""A judge that a program describes: the settings of a configuration, with the models that judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from msgspec import Struct
from msgspec.structs import replace

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.evaluators.judge_build import build_judge
from evaluations.evaluators.judge_specs import JudgeSpec
from evaluations.library.checking import check_spec
from evaluations.library.kinds import AnyVariant
from evaluations.running.asking import Asker
from evaluations.targets import describe


class Judge(Struct, frozen=True):
    """Models that judge, and how. Files that the settings name are relative to the working folder.

    A judge of the type LLMJudgeSpec scores by a rubric, with human labels where it has some; one of the type
    PairwiseJudgeSpec says which of two answers is better.
    """

    settings: JudgeSpec
    """Without `judges` and `variants`, which are for configurations."""
    judges: Mapping[str, AnyVariant]
    """Who judges, by name. Several vote. A function gets the messages that a model would get."""


def build_panel(name: str, judge: Judge, asker: Callable[[AnyVariant, str], Asker], stack: AsyncExitStack) -> Evaluator:
    """The evaluator; `asker` asks a model that has that key path. Raises UsageError."""
    where, settings = f"evaluators.{name}", _settings(judge.settings, f"evaluators.{name}")
    if settings.judges or settings.variants:
        do = "take `judges` and `variants` out, and give the models: Judge(settings, {NAME: target})"
        raise UsageError("the settings name judges of a configuration", where=where, do=do)
    if not (isinstance(judge.judges, Mapping) and judge.judges):
        do = "give them by name, one at least: {NAME: target}"
        raise UsageError("there are no judges with names", where=f"{where}.judges", do=do)
    check_spec(settings, where)
    askers = {each: asker(variant, f"{where}.judges.{each}") for each, variant in judge.judges.items()}
    asks = {each: one.ask for each, one in askers.items()}
    targets = {each: describe(one.target) for each, one in askers.items()}
    return build_judge(name, replace(settings, judges=tuple(asks)), asks, stack, targets=targets, where=where)


def _settings(given: object, where: str) -> JudgeSpec:
    if not isinstance(given, JudgeSpec):
        do = "give LLMJudgeSpec(...) or PairwiseJudgeSpec(...)"
        raise UsageError(f"{given!r} is no judge's settings", where=where, do=do)
    return given
