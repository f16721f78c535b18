"""From settings to the evaluators whose scores come from somebody else's code: a Python function or a program."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypedDict

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator, specs


def python_function(name: str, spec: specs.PythonSpec, stack: AsyncExitStack, folder: Path, where: str) -> Evaluator:
    """A function of a module that is found in `folder`, or as Python finds it. Raises UsageError."""
    from evaluations.targets.python_function import load  # noqa: PLC0415

    function = load(spec.function, folder, f"{where}.function", ("datapoint", "answer"))
    return scored_by(name, function, spec, stack, where, reference=spec.function)


def scored_by(
    name: str,
    function: Callable[..., Any],
    spec: specs.ScaleSettings,
    stack: AsyncExitStack,
    where: str,
    *,
    reference: str | None = None,
) -> Evaluator:
    """A function as it is, with the scale that the settings give it. Raises UsageError.

    `reference` is what a configuration calls it.
    """
    from evaluations.evaluators.python_function import Aside, PythonFunction  # noqa: PLC0415

    scale = _scale(spec, where)
    aside = Aside()
    stack.callback(aside.end)
    return PythonFunction(
        name,
        **scale,
        function=function,
        aside=aside,
        timeout=spec.timeout,
        requires_reference=spec.requires_reference,
        reference=reference,
    )


def command(name: str, spec: specs.CommandSpec, stack: AsyncExitStack, folder: Path, where: str) -> Evaluator:
    """A program that is found on PATH, or from `folder`, where it also runs. Raises UsageError."""
    from evaluations.evaluators.command import Command, LateWorkers  # noqa: PLC0415
    from evaluations.processes import Workers  # noqa: PLC0415
    from evaluations.targets.sources import command_identity  # noqa: PLC0415

    scale = _scale(spec, where)
    program, where = spec.command[0], f"{where}.command"
    if shutil.which(str(folder.resolve() / program) if os.sep in program else program) is None:
        do = "install it, or mend its path; it is run without a shell, from the configuration's folder"
        raise UsageError(f"the program {program} is not there, or can't be run", where=where, do=do)
    workers = Workers(spec.command, folder=folder, processes=spec.processes, timeout=spec.timeout, where=where)
    late = LateWorkers(workers, lambda: command_identity(spec.command, folder))
    stack.push_async_callback(late.end)
    return Command(name, **scale, workers=late, requires_reference=spec.requires_reference)


class _Scale(TypedDict):
    lowest: float
    highest: float
    boolean: bool
    smaller_is_better: bool


def _scale(spec: specs.ScaleSettings, where: str) -> _Scale:
    """The arguments of Scale that the settings ask for; yes or no is 1 or 0."""
    boolean = spec.output_type == "boolean"
    if boolean and (spec.lowest, spec.highest) != (0.0, 1.0):
        raise UsageError(
            'output_type = "boolean" has a scale of its own', where=where, do="take out lowest and highest"
        )
    if not spec.lowest < spec.highest:
        raise UsageError(
            f"lowest, {spec.lowest:g}, is not below highest, {spec.highest:g}", where=where, do="mend them"
        )
    return {
        "lowest": spec.lowest,
        "highest": spec.highest,
        "boolean": boolean,
        "smaller_is_better": spec.optimize == "min",
    }
