"""From variants and evaluators as a program gives them to what a run asks and scores with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, cast

from evaluations.assembly import Assembly
from evaluations.config.specs import RunSpec
from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.evaluators.build import build
from evaluations.evaluators.judge_specs import JudgeSpec
from evaluations.evaluators.specs import EvaluatorSettings, ModelFreeSpec
from evaluations.library.checking import check_spec
from evaluations.library.judges import Judge, build_panel
from evaluations.library.kinds import AnyVariant, Function
from evaluations.library.scorers import Scorer, build_scorer, scorer_of
from evaluations.running.asking import Asker, Limiters
from evaluations.running.cache import Cache
from evaluations.running.retries import Retries
from evaluations.targets import Target
from evaluations.targets.python_function import PythonTarget

AnyEvaluator = Evaluator | ModelFreeSpec | Scorer | Judge | Function
"""What scores: an evaluator, the settings of one, a function of datapoint and answer, or a judge."""

_VARIANT = "variant"
"""The name of the only one, where it is given without a name."""


class Parts:
    """Makes targets, askers and evaluators that share what a run has: limits, retries, the cache."""

    def __init__(
        self, spec: RunSpec, stack: AsyncExitStack, *, retries: Retries | None = None, cache: Cache | None = None
    ) -> None:
        """What the parts hold open is closed with the stack."""
        self._spec = spec
        self._stack = stack
        self._retries = retries
        self._cache = cache
        self._limiters = Limiters(spec.concurrency)
        self._judges: list[Target] = []
        self.cutoffs: dict[str, float] = dict(spec.cutoffs)
        """Those of the run, and of the evaluators for which it has none."""

    def assembly(
        self,
        variants: Mapping[str, AnyVariant] | AnyVariant,
        evaluators: Mapping[str, AnyEvaluator] | Sequence[AnyEvaluator] | AnyEvaluator,
    ) -> Assembly:
        """What was given, made and not yet open. Raises UsageError."""
        named = _texts("variants", variants if isinstance(variants, Mapping) else {_VARIANT: variants})
        targets = {name: self._target(each, f"variants.{name}") for name, each in named.items()}
        askers = {name: self._asker(target) for name, target in targets.items()}
        scorers = [self._evaluator(name, each) for name, each in _named(evaluators)]
        return Assembly(targets, askers, scorers, self._judges, self._limiters)

    def _target(self, variant: AnyVariant, where: str) -> Target:
        if isinstance(variant, type) or not (_is_target(variant) or callable(variant)):
            what = f"{variant!r} is no variant"
            raise UsageError(what, where=where, do="give a target such as ChatTarget(...), or a function of the input")
        if _is_target(variant):
            return cast("Target", variant)
        return PythonTarget(
            cast("Callable[[Any], Any]", variant),
            where=where,
            timeout=self._spec.timeout,
            concurrency=self._spec.concurrency,
        )

    def _asker(self, target: Target) -> Asker:
        return Asker(target, self._retries, limiter=self._limiters.of(target), cache=self._cache)

    def _judge(self, variant: AnyVariant, where: str) -> Asker:
        target = self._target(variant, where)
        self._judges.append(target)
        return self._asker(target)

    def _cutoff(self, name: str, bound: float | None) -> None:
        if bound is not None:
            self.cutoffs.setdefault(name, bound)

    def _evaluator(self, name: str, given: AnyEvaluator) -> Evaluator:
        settings = given.settings if isinstance(given, Judge) else given
        if isinstance(settings, (EvaluatorSettings, JudgeSpec, Scorer)):
            self._cutoff(name, settings.cutoff)
        if isinstance(given, Judge):
            return build_panel(name, given, self._judge, self._stack)
        if isinstance(given, Scorer):
            return build_scorer(name, given, self._stack)
        where = f"evaluators.{name}"
        if isinstance(given, EvaluatorSettings):
            check_spec(given, where)
            return build(name, given, self._stack, where=where)
        if _is_evaluator(given):
            evaluator = cast("Evaluator", given)
            if evaluator.name != name:
                raise UsageError(f"the evaluator {evaluator.name} is called {name}", where=where, do="give it one name")
            return evaluator
        if callable(given) and not isinstance(given, type):
            return build_scorer(name, scorer_of(given), self._stack)
        raise UsageError(f"{given!r} is no evaluator", where=where, do=_advice(given))


def _named(
    given: Mapping[str, AnyEvaluator] | Sequence[AnyEvaluator] | AnyEvaluator,
) -> list[tuple[str, AnyEvaluator]]:
    """Each with its name: the one it is given under, or its own."""
    if isinstance(given, Mapping):
        return list(_texts("evaluators", given).items())
    each = list(given) if isinstance(given, (list, tuple)) else [cast("AnyEvaluator", given)]
    return [(_own_name(evaluator), evaluator) for evaluator in each]


def _texts(kind: str, named: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, where each name is a text: another value would be another name once it is in a run's folder."""
    for name in named:
        if not isinstance(name, str):
            raise UsageError(f"{name!r} is no name", where=kind, do="give each a text as its name")
    return named


def _own_name(given: AnyEvaluator) -> str:
    """An evaluator's, a kind's or a function's."""
    if _is_evaluator(given):
        return cast("Evaluator", given).name
    described = given.settings if isinstance(given, Judge) else given
    if isinstance(described, (EvaluatorSettings, JudgeSpec)):
        return str(described.__struct_config__.tag)
    function = given.function if isinstance(given, Scorer) else given
    name = getattr(function, "__name__", None)
    if not isinstance(name, str) or isinstance(function, type) or not name.isidentifier():
        where = "evaluators"
        raise UsageError(f"{function!r} has no name of its own", where=where, do="give it by name: {NAME: evaluator}")
    return name


def _is_target(given: object) -> bool:
    return hasattr(given, "prepare") and hasattr(given, "attempt")


def _is_evaluator(given: object) -> bool:
    return not isinstance(given, type) and all(hasattr(given, name) for name in ("name", "check", "score"))


def _advice(given: object) -> str:
    if isinstance(given, JudgeSpec):
        return "a judge needs a model: Judge(settings, {NAME: target})"
    if isinstance(given, type):
        return f"give what it makes: {given.__name__}(...)"
    return "give an evaluator, the settings of one, a function of datapoint and answer, or a Judge"
