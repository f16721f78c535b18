"""`evaluate` and `evaluate_config`, async and not: the same runs as the command's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluations.config.specs import RunSpec
from evaluations.data.dataset import Dataset, open_dataset
from evaluations.data.records import open_records
from evaluations.data.specs import DatasetSpec
from evaluations.errors import UsageError
from evaluations.job import Job, UnderWay
from evaluations.library.checking import check_spec
from evaluations.library.configured import execution, wanted
from evaluations.library.events import Evaluated, Watcher
from evaluations.library.kinds import AnyDataset, AnyVariant
from evaluations.library.options import ConfigOptions, Handling, Options, given, handling, run_keys
from evaluations.library.parts import AnyEvaluator, Parts
from evaluations.planning import Plan, budget_of, open_cache, settings_of
from evaluations.planning.configured import plan_configured
from evaluations.running.notes import notes_of
from evaluations.running.run import Execute, ask_and_score
from evaluations.verdicts.cutoffs import Gate, make_cutoffs

if TYPE_CHECKING:
    from typing_extensions import Unpack


async def evaluate_async(
    dataset: AnyDataset,
    variants: Mapping[str, AnyVariant] | AnyVariant,
    evaluators: Mapping[str, AnyEvaluator] | Sequence[AnyEvaluator] | AnyEvaluator,
    **options: Unpack[Options],
) -> Evaluated:
    """Put a data set to variants and score the answers. Options are described in docs/evaluations/library.md.

    Everything that can be refused is refused before the first question. Raises EvaluationsError; what goes wrong with
    single datapoints is in the results.
    """
    told = given(options, Options.__annotations__)
    spec, how = RunSpec(**run_keys(told)), handling(told)
    with ExitStack() as files:
        data = files.enter_context(_opened(dataset))
        cache = open_cache(spec, files, how.cache_folder)
        async with AsyncExitStack() as stack:
            parts = Parts(spec, stack, retries=how.retries, cache=cache)
            assembly = parts.assembly(variants, evaluators)
            settings = settings_of(spec, make_cutoffs(parts.cutoffs, assembly.evaluators, Gate(spec.gate)))
            plan = Plan(data, assembly, settings, budget_of(spec), spec.seed, stack, cache)
            return await _carry_out(plan, how, nullcontext(ask_and_score))


def evaluate(
    dataset: AnyDataset,
    variants: Mapping[str, AnyVariant] | AnyVariant,
    evaluators: Mapping[str, AnyEvaluator] | Sequence[AnyEvaluator] | AnyEvaluator,
    **options: Unpack[Options],
) -> Evaluated:
    """`evaluate_async` for programs without an event loop; the same arguments and results."""
    return _wait("evaluate", lambda: evaluate_async(dataset, variants, evaluators, **options))


async def evaluate_config_async(
    config: Path | str | None = None, evaluation: str | None = None, **options: Unpack[ConfigOptions]
) -> Evaluated:
    """Run an evaluation of a configuration file, or the only one; `evaluations run` does the same.

    `config` is the file or its folder; None is this folder. Options go before what the file says. Raises
    EvaluationsError before the first question, with the line of the file; what goes wrong with single datapoints is in
    the results.
    """
    told = given(options, ConfigOptions.__annotations__)
    how, dataset = handling(told), told.get("dataset")
    with ExitStack() as files:
        if dataset is not None and not isinstance(dataset, (str, Path, DatasetSpec)):
            told["dataset"] = files.enter_context(_opened(dataset))
        what = wanted(config, evaluation, told, run_keys(told))
        executor = execution(what, told, how.cache_folder)
        return await _carry_out(plan_configured(what, files, how.cache_folder), how, executor)


def evaluate_config(
    config: Path | str | None = None, evaluation: str | None = None, **options: Unpack[ConfigOptions]
) -> Evaluated:
    """`evaluate_config_async` for programs without an event loop; the same arguments and results."""
    return _wait("evaluate_config", lambda: evaluate_config_async(config, evaluation, **options))


async def _carry_out(plan: Plan, how: Handling, executor: AbstractContextManager[Execute]) -> Evaluated:
    async with plan.stack as stack:
        contents = plan.dataset.check(plan.assembly.checks)
        with executor as execute:
            under_way = UnderWay(Job.of(plan, contents, execute, output=how.output, resume=how.resume))
            watcher = Watcher(under_way, how.on_progress, keep=how.keep)
            await plan.assembly.open(stack)
            outcome = await under_way.carry_out(watcher.take, how.stop, on_earlier=watcher.earlier)
    notes = plan.end() + notes_of(execute)
    return Evaluated(outcome.summary, watcher.results, outcome.seconds, tuple(notes.lines()))


def _wait(name: str, make: Callable[[], Coroutine[Any, Any, Evaluated]]) -> Evaluated:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(make())
    do = f"write: await {name}_async(...), with the same arguments"
    raise UsageError(f"{name} can't wait where an event loop is running", where=name, do=do)


@contextmanager
def _opened(dataset: AnyDataset) -> Iterator[Dataset]:
    if isinstance(dataset, Dataset):
        yield dataset
        return
    if isinstance(dataset, DatasetSpec):
        check_spec(dataset, "dataset")
        opened = open_dataset(dataset)
    elif isinstance(dataset, (str, Path)):
        opened = open_dataset(str(dataset))
    elif isinstance(dataset, Mapping) or not hasattr(dataset, "__iter__"):
        what = f"a {type(dataset).__name__} is no data set"
        raise UsageError(what, where="dataset", do="give a path, a DatasetSpec, or a list of records")
    else:
        opened = open_records(dataset)
    with opened as data:
        yield data
