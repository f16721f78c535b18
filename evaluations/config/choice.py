"""Which evaluation is meant, and what the command line says otherwise than the file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from evaluations.config.errors import ConfigError, Problem
from evaluations.config.keys import advise, dotted
from evaluations.config.reading import ConfigFile
from evaluations.config.references import unsound
from evaluations.config.specs import EvaluationSpec, FunctionSpec
from evaluations.evaluators.specs import EvaluatorSpec
from evaluations.model import Json


class Chosen(NamedTuple):
    """An evaluation with its function."""

    name: str
    spec: EvaluationSpec
    function: FunctionSpec
    where: str
    """Its key path, or the function's where the file has no such evaluation."""
    given: frozenset[str] = frozenset()
    """The keys whose values are not the file's: those of command line or library."""

    @property
    def variants(self) -> tuple[str, ...]:
        """Those that are asked."""
        return self.spec.variants or tuple(self.function.variants)

    @property
    def evaluators(self) -> dict[str, tuple[EvaluatorSpec, str]]:
        """Those that score, each with its key path. One of the evaluation goes before one of the function."""
        of_function = f"functions.{self.spec.function_name}.evaluators"
        known = {name: (spec, f"{of_function}.{name}") for name, spec in self.function.evaluators.items()}
        own = {name: (spec, f"{self.where}.evaluators.{name}") for name, spec in self.spec.evaluators.items()}
        return {name: (known | own)[name] for name in self.spec.evaluator_names or own or known}


def choose(config: ConfigFile, name: str | None = None, given: Mapping[str, Json] = MappingProxyType({})) -> Chosen:
    """The evaluation of that name, or the only one, with other values for the keys in `given`.

    With `function_name` in `given` and no name, an evaluation of that function that the file need not have. What is
    given has the types of EvaluationSpec; a path of a data set is absolute, or relative to the configuration's folder.
    Cutoffs are added to those of the file, and go before them. Raises ConfigError for names that are not there.
    """
    known = config.specs.evaluations
    if name is None and "function_name" in given:
        name, where = str(given["function_name"]), f"functions.{given['function_name']}"
        spec = EvaluationSpec(**given)
    else:
        name = _only(config) if name is None else name
        if name not in known:
            do = advise(name, known, otherwise=f"add [evaluations.{name}]")
            raise ConfigError([Problem(f'there is no evaluation "{name}"', str(config.path), do)])
        spec, where = known[name], f"evaluations.{name}"
        cutoffs = {**spec.cutoffs, **given.get("cutoffs", {})}
        spec = msgspec.structs.replace(spec, **{**given, "cutoffs": cutoffs})
    found = list(unsound(config.specs, spec, (), config.folder)) if given else []
    if found:
        raise ConfigError([Problem(flaw.what, f"{dotted(flaw.path)}, as it was given", flaw.do) for flaw in found])
    return Chosen(name, spec, config.specs.functions[spec.function_name], where, frozenset(given))


def _only(config: ConfigFile) -> str:
    names = list(config.specs.evaluations)
    if len(names) == 1:
        return names[0]
    if names:
        raise ConfigError([Problem("which evaluation is meant?", str(config.path), f"name one: {', '.join(names)}")])
    do = "add [evaluations.NAME], or name a function"
    raise ConfigError([Problem("the file has no evaluation", str(config.path), do)])
