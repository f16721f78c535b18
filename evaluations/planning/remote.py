"""What a worker of a cluster makes of what a run was told: the same targets and evaluators as in one process."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from evaluations.data.dataset import Dataset
from evaluations.data.specs import DatasetSpec
from evaluations.errors import UsageError
from evaluations.planning import Plan, Wanted, planned
from evaluations.planning.configured import plan_configured
from evaluations.running.ray_worker import Crew


class RemoteCrew(Struct, frozen=True):
    """What the run was told, which can be sent; everything else is read where the worker runs."""

    plan: Callable[[int, ExitStack], Plan]
    """With so many questions at once."""

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> RemoteCrew:
        """With paths that mean the same in a worker's folder. Raises UsageError for what can't be read there."""
        if arguments.dataset == "-":
            raise UsageError("workers can't read standard input", where="--executor ray", do="give a file: --dataset")
        config = Path() if arguments.config is None else arguments.config
        dataset = arguments.dataset and str(Path(arguments.dataset).absolute())
        config = None if arguments.endpoint else config.absolute()
        told = argparse.Namespace(**{**vars(arguments), "config": config, "dataset": dataset, "executor": None})
        return cls(partial(_planned, told))

    @classmethod
    def of_wanted(cls, wanted: Wanted, cache_folder: Path | None = None) -> RemoteCrew:
        """The same for a run of a configuration. Raises UsageError for what can't be read there."""
        given = wanted.dataset
        path = given.path if isinstance(given, DatasetSpec) else given
        if isinstance(path, Dataset) or path == "-":
            raise UsageError("workers can't read what this process holds", where="dataset", do="give a file's path")
        if path is not None:
            path = str(Path(path).absolute())
        dataset = replace(given, path=path) if isinstance(given, DatasetSpec) else path
        config = (wanted.config or Path()).absolute()
        folder = None if cache_folder is None else cache_folder.absolute()
        return cls(partial(_configured, replace(wanted, config=config, dataset=dataset), folder))

    @asynccontextmanager
    async def __call__(self, concurrency: int) -> AsyncIterator[Crew]:
        """Open for as long as the worker lives. `concurrency` is its share of the run's."""
        with ExitStack() as files:
            plan = self.plan(concurrency, files)
            async with plan.stack as stack:
                await plan.assembly.open(stack)
                yield Crew(plan.assembly.asks, plan.assembly.evaluators, plan.notes)


def _planned(told: argparse.Namespace, concurrency: int, files: ExitStack) -> Plan:
    return planned(argparse.Namespace(**{**vars(told), "concurrency": concurrency}), files)


def _configured(wanted: Wanted, cache_folder: Path | None, concurrency: int, files: ExitStack) -> Plan:
    return plan_configured(replace(wanted, keys={**wanted.keys, "concurrency": concurrency}), files, cache_folder)
