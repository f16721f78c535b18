"""From what a run is told to what it needs: by a configuration, or by an address and a model's name."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

from evaluations.assembly import Assembly
from evaluations.config.specs import RunSpec
from evaluations.data.dataset import Dataset
from evaluations.data.specs import DatasetSpec, TagsSpec
from evaluations.errors import UsageError
from evaluations.evaluation import Settings, settings_from
from evaluations.model import Json
from evaluations.results.manifest import Source
from evaluations.running.budget import Budget
from evaluations.running.notes import Notes
from evaluations.verdicts.cutoffs import Cutoff, Gate, parse_cutoffs

if TYPE_CHECKING:
    from evaluations.running.cache import Cache


class Wanted(Struct, frozen=True, kw_only=True):
    """What command line and library say of a run; what they leave out is as the configuration says."""

    config: Path | None = None
    evaluation: str | None = None
    keys: Mapping[str, Json] = field(default_factory=dict)
    """Other values for keys of EvaluationSpec, with its types."""
    dataset: str | DatasetSpec | Dataset | None = None
    """A file takes the place of the configuration's file alone, a spec that of all it says; or a data set that is open.
    Paths are as seen from here, not from the configuration's folder."""
    selection: Mapping[str, Json] = field(default_factory=dict)
    """Other values for keys of DatasetSpec: which datapoints are taken."""


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

    def notes(self) -> Notes:
        """What the user should know, and is no result, so far."""
        said = () if self.cache is None else tuple(self.cache.notes)
        return Notes(said, sum(asker.not_asked for asker in self.assembly.askers.values()))

    def end(self) -> Notes:
        """Close the cache, which says only then whether answers were kept, and return what the user should know."""
        if self.cache is not None:
            self.cache.close()
        return self.notes()


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

    wanted = Wanted(
        config=arguments.config,
        evaluation=arguments.evaluation,
        keys=given(arguments),
        dataset=arguments.dataset,
        selection=selection_given(arguments),
    )
    return plan_configured(wanted, files)


def given(arguments: argparse.Namespace) -> dict[str, Json]:
    """What the command line says of an evaluation's keys."""
    values = {
        name: value for name in RunSpec.__struct_fields__ if (value := getattr(arguments, name, None)) is not None
    }
    if arguments.variant:
        values["variants"] = tuple(arguments.variant)
    if arguments.cutoff:
        values["cutoffs"] = parse_cutoffs(arguments.cutoff)
    return values


def selection_given(arguments: argparse.Namespace) -> dict[str, Json]:
    """What the command line says of which datapoints are taken."""
    names = ("sample", "seed", "slice")
    values = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    return {**values, "tags": tuple(arguments.tag)} if arguments.tag else values


def selected(dataset: DatasetSpec, selection: Mapping[str, Json]) -> DatasetSpec:
    """The data set with other words on which datapoints are taken; `tags` are those that are included."""
    chosen = dict(selection)
    if "tags" in chosen:
        chosen["tags"] = TagsSpec(include=chosen["tags"], exclude=dataset.tags.exclude)
    return msgspec.structs.replace(dataset, **chosen)


def settings_of(spec: RunSpec, cutoffs: Sequence[Cutoff]) -> Settings:
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


def budget_of(spec: RunSpec) -> Budget:
    """What a run with these keys may take."""
    return Budget(spec.max_cost, spec.max_tokens, spec.max_seconds)


def open_cache(spec: RunSpec, files: ExitStack, folder: Path | None = None) -> Cache | None:
    """The cache, where it is wanted: in that folder, or in the user's."""
    if spec.inference_cache == "off":
        return None
    from evaluations.running.cache import Cache, CacheMode  # noqa: PLC0415, late: loads SQLite

    return files.enter_context(Cache(CacheMode(spec.inference_cache), folder))
