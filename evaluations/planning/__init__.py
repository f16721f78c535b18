"""From what `evaluations run` is told to what a run needs: by a configuration, or by an address and a model's name."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from evaluations.assembly import Assembly
from evaluations.config.specs import EvaluationSpec
from evaluations.data.dataset import Dataset
from evaluations.data.specs import DatasetSpec, TagsSpec
from evaluations.errors import UsageError
from evaluations.evaluation import Settings, settings_from
from evaluations.model import Json
from evaluations.results.manifest import Source
from evaluations.running.budget import Budget
from evaluations.verdicts.cutoffs import Cutoff, Gate, parse_cutoffs

if TYPE_CHECKING:
    from evaluations.running.cache import Cache

_SHARED = (
    "gate",
    "stop_when_decided",
    "max_error_rate",
    "min_coverage",
    "seed",
    "repeats",
    "concurrency",
    "timeout",
    "max_cost",
    "max_tokens",
    "max_seconds",
    "inference_cache",
)
"""Options that mean the same in `[evaluations.X]`."""


class Plan(Struct, frozen=True):
    """What a run needs, before anything is open but the data set and the cache."""

    dataset: Dataset
    assembly: Assembly
    settings: Settings
    budget: Budget
    seed: int
    stack: AsyncExitStack
    """What targets and evaluators hold open; to be entered in the event loop."""
    cache: Cache | None = None
    configuration: Source | None = None

    def notes(self) -> Iterator[str]:
        """What the user should know after the run, and is no result."""
        if self.cache is not None:
            yield from self.cache.notes
        not_asked = sum(asker.not_asked for asker in self.assembly.askers.values())
        if not_asked:
            yield f"{not_asked:,} questions failed without a request: their endpoint had been given up"


def planned(arguments: argparse.Namespace, files: ExitStack) -> Plan:
    """Read what the arguments name, and refuse what can't be run. Raises EvaluationsError."""
    direct = [f"--{name}" for name in ("endpoint", "model", "system", "evaluator") if getattr(arguments, name)]
    configured = arguments.config is not None or arguments.evaluation is not None or arguments.variant is not None
    if configured and direct:
        what = f"{direct[0]} is for a run without a configuration"
        raise UsageError(what, where=direct[0], do="leave it out, or leave EVALUATION, --config and --variant out")
    if direct:
        from evaluations.planning.direct import plan_direct  # noqa: PLC0415, one of the two is needed

        return plan_direct(arguments, files)
    from evaluations.planning.configured import plan_configured  # noqa: PLC0415

    return plan_configured(arguments, files)


def given(arguments: argparse.Namespace) -> dict[str, Json]:
    """What the command line says of an evaluation's keys."""
    values = {name: getattr(arguments, name) for name in _SHARED if getattr(arguments, name) is not None}
    if arguments.variant:
        values["variants"] = tuple(arguments.variant)
    if arguments.cutoff:
        values["cutoffs"] = parse_cutoffs(arguments.cutoff)
    return values


def selected(dataset: DatasetSpec, arguments: argparse.Namespace) -> DatasetSpec:
    """The data set with what the command line says of which datapoints are taken."""
    chosen: dict[str, Json] = {}
    if arguments.sample is not None:
        chosen["sample"] = arguments.sample
    if arguments.seed is not None:
        chosen["seed"] = arguments.seed
    if arguments.slice is not None:
        chosen["slice"] = arguments.slice
    if arguments.tag:
        chosen["tags"] = TagsSpec(include=tuple(arguments.tag), exclude=dataset.tags.exclude)
    return msgspec.structs.replace(dataset, **chosen)


def settings_of(spec: EvaluationSpec, cutoffs: Sequence[Cutoff]) -> Settings:
    """How a run with these keys is run and judged. Raises UsageError."""
    return settings_from(
        cutoffs,
        Gate(spec.gate),
        max_error_rate=spec.max_error_rate,
        min_coverage=spec.min_coverage,
        repeats=spec.repeats,
        concurrency=spec.concurrency,
        stop_when_decided=spec.stop_when_decided,
    )


def budget_of(spec: EvaluationSpec) -> Budget:
    """What a run with these keys may take."""
    return Budget(spec.max_cost, spec.max_tokens, spec.max_seconds)


def open_cache(spec: EvaluationSpec, files: ExitStack) -> Cache | None:
    """The cache, where it is wanted."""
    if spec.inference_cache == "off":
        return None
    from evaluations.running.cache import Cache, CacheMode  # noqa: PLC0415, late: loads SQLite

    return files.enter_context(Cache(CacheMode(spec.inference_cache)))
