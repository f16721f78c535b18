"""`evaluations check`: is the configuration sound, and do the data fit it? Asks nobody, starts no program."""

from __future__ import annotations

import argparse
import asyncio
from collections import UserDict
from collections.abc import Iterable
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from evaluations.errors import DatasetError, ExitCode, UsageError
from evaluations.terminal.output import reserved, write_out

if TYPE_CHECKING:
    from evaluations.config.reading import ConfigFile


def run(arguments: argparse.Namespace) -> ExitCode:
    """`config` of the arguments: a file, a folder, or None for this folder. Raises ConfigError with all problems."""
    from evaluations.config.reading import find, read  # noqa: PLC0415, late: loads msgspec

    with reserved():  # modules of Python functions are loaded, and may print
        config = read(find(arguments.config))
        lines = asyncio.run(_check(config))
        write_out("\n".join([*lines, f"{config.path} is sound", ""]))
    return ExitCode.PASSED


async def _check(config: ConfigFile) -> list[str]:
    """What was found, a line each."""
    from evaluations.config.errors import ConfigError, Problem  # noqa: PLC0415

    lines: list[str] = []
    problems: dict[Problem, None] = {}  # what several evaluations share is said once
    looks = [
        *(partial(_function, config, name) for name in config.specs.functions),
        *(partial(_evaluation, config, name) for name in config.specs.evaluations),
    ]
    for look in looks:
        try:
            lines.append(await look())
        except ConfigError as error:
            problems |= dict.fromkeys(error.problems)
        except DatasetError as error:
            problems[Problem(error.what, error.where, error.do)] = None
    if problems:
        raise ConfigError(list(problems))
    return lines


async def _function(config: ConfigFile, name: str) -> str:
    """All variants and evaluators, whether an evaluation names them or not; no key is needed for that."""
    from evaluations.config.assembly import assemble  # noqa: PLC0415, late: loads what targets and evaluators need
    from evaluations.config.choice import Chosen  # noqa: PLC0415
    from evaluations.config.specs import EvaluationSpec  # noqa: PLC0415

    function = config.specs.functions[name]
    chosen = Chosen(name, EvaluationSpec(function_name=name), function, f"functions.{name}")
    async with AsyncExitStack() as stack:
        assemble(config, chosen, stack, environment=_AnyKey())
    return f"function {name}: {_listed('variant', chosen.variants)}; {_listed('evaluator', chosen.evaluators)}"


async def _evaluation(config: ConfigFile, name: str) -> str:
    """Everything that a run of it needs, and each datapoint of its data set."""
    from evaluations.config.assembly import assemble, dataset_spec, evaluation_dataset  # noqa: PLC0415
    from evaluations.config.choice import choose  # noqa: PLC0415
    from evaluations.config.cutoffs import configured_cutoffs  # noqa: PLC0415
    from evaluations.config.errors import ConfigError  # noqa: PLC0415
    from evaluations.evaluators.judge_build import requests_each  # noqa: PLC0415
    from evaluations.evaluators.judge_specs import JudgeSpec  # noqa: PLC0415
    from evaluations.planning import budget_of  # noqa: PLC0415
    from evaluations.pricing import refuse_unpriced  # noqa: PLC0415

    chosen = choose(config, name)
    async with AsyncExitStack() as stack:
        assembly = assemble(config, chosen, stack)
        cutoffs = configured_cutoffs(config, chosen, assembly.evaluators)
        try:
            refuse_unpriced(assembly, cutoffs, budget_of(chosen.spec))
        except UsageError as error:
            problem = config.located(UsageError(error.what, where=chosen.where, do=error.do))
            raise ConfigError([problem]) from None
        parts = [_listed("variant", chosen.variants), _listed("evaluator", chosen.evaluators)]
        parts += [_listed("cutoff", [each.metric for each in cutoffs])] if cutoffs else []
        spec = dataset_spec(config, chosen)
        if spec is None or spec.gateway is not None:  # a gateway would have to be asked
            parts.append("no data set" if spec is None else "the data set in the gateway was not looked at")
            return f"evaluation {name}: {'; '.join(parts)}"
        with evaluation_dataset(config, chosen) as dataset:
            count = dataset.check(assembly.checks).count
    requests = count * len(chosen.variants) * chosen.spec.repeats
    judging = sum(
        requests_each(spec, where) for spec, where in chosen.evaluators.values() if isinstance(spec, JudgeSpec)
    )
    asked = f"{requests:,} requests" + (f", with judges up to {requests * (1 + judging):,}" if judging else "")
    return f"evaluation {name}: {'; '.join(parts)}; {count:,} datapoints in {dataset.name}, {asked}"


class _AnyKey(UserDict[str, str]):
    """An environment that has every variable."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return key


def _listed(kind: str, names: Iterable[str]) -> str:
    found = list(names)
    return f"{kind}{'' if len(found) == 1 else 's'} {', '.join(found)}" if found else f"no {kind}"
