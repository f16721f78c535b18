"""A function as an evaluator, with its scale."""

from __future__ import annotations

import inspect
from contextlib import AsyncExitStack
from typing import Literal

from msgspec import Struct

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.evaluators.build_outside import scored_by
from evaluations.evaluators.specs import ScaleSettings
from evaluations.library.checking import check_spec
from evaluations.library.kinds import Function
from evaluations.targets.python_function import refuse_signature


class Scorer(Struct, frozen=True):
    """A function that scores, with its scale. `type = "python"` in a configuration says the same."""

    function: Function
    boolean: bool = False
    """Yes or no, which `pass@k` and exact intervals need. A function that is annotated `-> bool` needs no Scorer."""
    lowest: float = 0.0
    """A score below it is an error."""
    highest: float = 1.0
    """A score above it is an error."""
    optimize: Literal["max", "min"] = "max"
    """Whether larger or smaller is better."""
    timeout: float = 60.0
    """Seconds for one score; longer is an error."""
    requires_reference: bool = False
    """Whether a datapoint without a reference is refused before the first question."""
    cutoff: float | None = None
    """The least that the mean may be; the most where smaller is better."""


def scale_of(scorer: Scorer) -> ScaleSettings:
    """The same in the words of a configuration."""
    return ScaleSettings(
        output_type="boolean" if scorer.boolean else "float",
        lowest=scorer.lowest,
        highest=scorer.highest,
        optimize=scorer.optimize,
        timeout=scorer.timeout,
        requires_reference=scorer.requires_reference,
        cutoff=scorer.cutoff,
    )


def scorer_of(function: Function) -> Scorer:
    """A function alone: from 0 to 1, or yes or no where it is annotated so."""
    returns = getattr(inspect.unwrap(function), "__annotations__", {}).get("return")
    return Scorer(function, boolean=returns in (bool, "bool"))


def build_scorer(name: str, scorer: Scorer, stack: AsyncExitStack) -> Evaluator:
    """The evaluator; what it holds open is closed with the stack. Raises UsageError."""
    settings, where = scale_of(scorer), f"evaluators.{name}"
    check_spec(settings, where)
    if not callable(scorer.function):
        raise UsageError(f"{scorer.function!r} is no function", where=where, do="give one of datapoint and answer")
    called = getattr(scorer.function, "__name__", repr(scorer.function))
    refuse_signature(scorer.function, called, where, ("datapoint", "answer"))
    return scored_by(name, scorer.function, settings, stack, where)
