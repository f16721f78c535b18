"""The options of a run as a program gives them: their types, and the one place where they are checked.

Bounds and defaults are those of `[evaluations.X]` (config/specs.py); what only a program has stands beside them.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

from msgspec import Struct

from evaluations.config.keys import advise
from evaluations.config.specs import RunSpec
from evaluations.errors import UsageError
from evaluations.library.checking import check, check_spec, path_of, plain
from evaluations.library.events import Progress
from evaluations.library.kinds import AnyDataset
from evaluations.model import Json
from evaluations.running.retries import Retries
from evaluations.verdicts.cutoffs import Gate


class RunOptions(TypedDict, total=False):
    """How a run is run and judged. An option that is None or left out is as `[evaluations.X]` has it by default."""

    cutoffs: Mapping[str, float]
    """By the name of an evaluator the least mean; the most for `error_rate`, `cost` and `latency_p95`."""
    gate: Gate | Literal["mean", "bound", "sequential"]
    """What must reach a cutoff: the mean, its 95 % interval, or its confidence sequence."""
    stop_when_decided: bool
    """Ask no more once a sequential gate has decided."""
    max_error_rate: float | None
    """Share of errors that a run may have; 0 by default."""
    min_coverage: float | None
    """Least share of the datapoints that each evaluator must score."""
    seed: int
    """Of the random order that a sequential gate asks in."""
    repeats: int
    """How often each datapoint is put to each variant."""
    concurrency: int
    """Most questions on their way at once; 64 by default."""
    timeout: float
    """Seconds for one question to a function; targets have their own."""
    max_cost: float | None
    """Ends the run in good order, in the currency of the targets' prices."""
    max_tokens: int | None
    """The same for tokens."""
    max_seconds: float | None
    """The same for time."""
    inference_cache: Literal["on", "off", "read_only", "write_only"]
    """Whether answers are taken from the cache, and kept there."""
    cache_folder: Path | str | None
    """Where the cache is; without it in the user's own folder."""
    output: Path | str | None
    """Where the run leaves manifest.json, results.jsonl and summary.json."""
    resume: bool
    """Go on with the interrupted run in `output`: nothing is asked twice."""
    keep: bool
    """Whether results are collected; true by default."""
    on_progress: Callable[[Progress], None] | None
    """Gets an event after each result."""
    stop: asyncio.Event | None
    """Setting it ends the run soon."""


class Options(RunOptions, total=False):
    """Those of `evaluate`."""

    retries: Retries | None
    """How often, and after how long, a question is put again."""


class ConfigOptions(RunOptions, total=False):
    """Those of `evaluate_config`: what is given goes before what the file says."""

    variants: Sequence[str]
    """Ask only these."""
    dataset: AnyDataset
    """Another data set. A path, as seen from here, takes the place of the configuration's file alone: its tags, slice,
    sample and columns stay."""
    sample: int | None
    """Ask so many datapoints, chosen by `seed`."""
    slice: str | None
    """Ask only these: START:STOP, counted from 0."""
    tags: Sequence[str]
    """Ask only datapoints with one of these tags."""
    executor: Literal["asyncio", "ray"]
    """From this process, or from the workers of a Ray cluster."""
    workers: int
    """Of the executor `ray`; 2 by default."""


class Handling(Struct, frozen=True):
    """What only a program says of a run."""

    cache_folder: Path | None = None
    output: Path | None = None
    resume: bool = False
    keep: bool = True
    on_progress: Callable[[Progress], None] | None = None
    stop: asyncio.Event | None = None
    retries: Retries | None = None


_KINDS: dict[str, tuple[tuple[Any, ...], str]] = {
    "cache_folder": ((str, Path), "a path"),
    "output": ((str, Path), "a path"),
    "resume": ((bool,), "True or False"),
    "keep": ((bool,), "True or False"),
    "on_progress": ((Callable,), "a function that takes a Progress"),
    "stop": ((asyncio.Event,), "an asyncio.Event"),
    "retries": ((Retries,), "a Retries"),
}


def given(options: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """The options that say something. Raises UsageError for one that is not known."""
    names = sorted(known)
    for name in options:
        if name not in names:
            raise UsageError(f"there is no option {name}", where=name, do=advise(name, names, otherwise="leave it out"))
    return {name: value for name, value in options.items() if value is not None}


def run_keys(options: Mapping[str, Any]) -> dict[str, Json]:
    """Those that `[evaluations.X]` has, too. Raises UsageError for a wrong type or a value off its bounds."""
    keys = {name: plain(options[name]) for name in RunSpec.__struct_fields__ if name in options}
    check(keys, RunSpec)
    return keys


def handling(options: Mapping[str, Any]) -> Handling:
    """Those that only a program has. Raises UsageError for a wrong type."""
    own = {name: options[name] for name in _KINDS if name in options}
    for name, value in own.items():
        kinds, words = _KINDS[name]
        if not isinstance(value, kinds):
            raise UsageError(f"{name} is of the type {type(value).__name__}", where=name, do=f"give {words}")
        if Path in kinds:
            own[name] = path_of(value, name)
    if any(map(inspect.iscoroutinefunction, _called(own.get("on_progress")))):
        do = "give one that is not async; it may start a task, or put into a queue"
        raise UsageError("on_progress is async, and nobody would await it", where="on_progress", do=do)
    if "retries" in own:
        check_spec(own["retries"], "retries")
    if own.get("resume") and "output" not in own:
        raise UsageError("there is no run to go on with", where="resume", do="name its folder: output=...")
    return Handling(**own)


def _called(function: object) -> tuple[object, object]:
    """A function, or what an object does when it is called."""
    return function, getattr(type(function), "__call__", None)  # noqa: B004, it is the method that is wanted
