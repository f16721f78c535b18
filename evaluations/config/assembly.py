"""From a chosen evaluation to what a run needs: targets by variant, evaluators with their judges, and the data set.

Nothing is asked and no program is started by `assemble`: what is wrong is said before that. `Assembly.open` opens the
connections and starts the programs. All of it is closed with the stack.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager

import msgspec

from evaluations.assembly import Assembly
from evaluations.config.choice import Chosen
from evaluations.config.errors import ConfigError
from evaluations.config.making import Maker
from evaluations.config.reading import ConfigFile
from evaluations.data.dataset import Dataset, open_dataset
from evaluations.data.specs import DatasetSpec
from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.running.asking import Asker
from evaluations.running.cache import Cache
from evaluations.targets import Target
from evaluations.targets.build import build_target


def assemble(
    config: ConfigFile,
    chosen: Chosen,
    stack: AsyncExitStack,
    *,
    cache: Cache | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Assembly:
    """Make it all. `environment` is where API keys are. Raises ConfigError with all that is wrong."""
    maker = Maker(config, chosen, stack, data=dataset_spec(config, chosen), cache=cache, environment=environment)
    targets: dict[str, Target] = {}
    askers: dict[str, Asker] = {}
    evaluators: list[Evaluator] = []
    for name in chosen.variants:
        with maker.gathering(f"functions.{chosen.spec.function_name}.variants.{name}"):
            spec = chosen.function.variants[name]
            targets[name] = build_target(
                name, spec, chosen.function, maker.surroundings, function_name=chosen.spec.function_name
            )
            askers[name] = maker.asker(targets[name], spec.retries)
    for name, (evaluator, where) in chosen.evaluators.items():
        with maker.gathering(where):
            evaluators.append(maker.evaluator(name, evaluator, where))
    if maker.problems:
        raise ConfigError(maker.problems)
    return Assembly(targets, askers, evaluators, maker.judges, maker.limiters)


def dataset_spec(config: ConfigFile, chosen: Chosen) -> DatasetSpec | None:
    """The evaluation's data set, its path as seen from here; None where it has none. Raises ConfigError."""
    given = chosen.spec.dataset
    spec = DatasetSpec(path=given) if isinstance(given, str) else given
    if spec is None or spec.path == "-":
        return spec
    if (spec.path is None) == (spec.gateway is None):
        raise _wrong(config, f"{chosen.where}.dataset", "a data set is a file or in a gateway", "give one of the two")
    return spec if spec.path is None else msgspec.structs.replace(spec, path=str(config.folder / spec.path))


@contextmanager
def evaluation_dataset(config: ConfigFile, chosen: Chosen) -> Iterator[Dataset]:
    """The evaluation's data set, open. Raises ConfigError where it has none, and DatasetError."""
    spec = dataset_spec(config, chosen)
    if spec is None:
        raise _wrong(config, chosen.where, "there is no data set", "add `dataset`, or give one to this run")
    with open_dataset(spec) as dataset:
        yield dataset


def _wrong(config: ConfigFile, where: str, what: str, do: str) -> ConfigError:
    return ConfigError([config.located(UsageError(what, where=where, do=do))])
