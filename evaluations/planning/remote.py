"""What a worker of a cluster makes of what a run was told: the same targets and evaluators as in one process."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from evaluations.data.specs import DatasetSpec
from evaluations.errors import UsageError
from evaluations.planning import Plan, Wanted, planned
from evaluations.planning.configured import plan_configured
from evaluations.running.ray_executor import Crew


class RemoteCrew(Struct, frozen=True):
    """What the run was told, which can be sent; everything else is read where the worker runs."""

    plan: Callable[[ExitStack], Plan]

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> RemoteCrew:
        """With paths that mean the same in a worker's folder. Raises UsageError for what can't be read there."""
        if arguments.dataset == "-":
            raise UsageError("workers can't read standard input", where="--executor ray", do="give a file: --dataset")
        config = Path() if arguments.config is None else arguments.config
        dataset = arguments.dataset and str(Path(arguments.dataset).absolute())
        config = None if arguments.endpoint else config.absolute()
        told = argparse.Namespace(**{**vars(arguments), "config": config, "dataset": dataset, "executor": None})
        return cls(partial(planned, told))

    @classmethod
    def of_wanted(cls, wanted: Wanted) -> RemoteCrew:
        """The same for a run of a configuration. Raises UsageError for what can't be read there."""
        spec = wanted.dataset
        if spec is not None and not (isinstance(spec, DatasetSpec) and spec.path != "-"):
            raise UsageError("workers can't read what this process holds", where="dataset", do="give a file's path")
        if spec is not None and spec.path is not None:
            spec = replace(spec, path=str(Path(spec.path).absolute()))
        config = (wanted.config or Path()).absolute()
        return cls(partial(plan_configured, replace(wanted, config=config, dataset=spec)))

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Crew]:
        """Open for as long as the worker lives."""
        with ExitStack() as files:
            plan = self.plan(files)
            async with plan.stack as stack:
                await plan.assembly.open(stack)
                yield Crew(plan.assembly.asks, plan.assembly.evaluators)
