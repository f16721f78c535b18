"""What a worker of a cluster makes of the command line: the same targets and evaluators as in one process."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from msgspec import Struct

from evaluations.errors import UsageError
from evaluations.planning import planned
from evaluations.running.ray_executor import Crew


class RemoteCrew(Struct, frozen=True):
    """The arguments, which can be sent; everything else is read where the worker runs."""

    arguments: argparse.Namespace

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> RemoteCrew:
        """With paths that mean the same in a worker's folder. Raises UsageError for what can't be read there."""
        if arguments.dataset == "-":
            raise UsageError("workers can't read standard input", where="--executor ray", do="give a file: --dataset")
        config = Path() if arguments.config is None else arguments.config
        dataset = arguments.dataset and str(Path(arguments.dataset).absolute())
        config = None if arguments.endpoint else config.absolute()
        return cls(argparse.Namespace(**{**vars(arguments), "config": config, "dataset": dataset, "executor": None}))

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Crew]:
        """Open for as long as the worker lives."""
        with ExitStack() as files:
            plan = planned(self.arguments, files)
            async with plan.stack as stack:
                await plan.assembly.open(stack)
                yield Crew(plan.assembly.asks, plan.assembly.evaluators)
