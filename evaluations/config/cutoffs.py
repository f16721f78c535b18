"""The cutoffs that a configuration gives, as a run takes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from evaluations.config.choice import Chosen
from evaluations.config.errors import ConfigError, Problem
from evaluations.config.reading import ConfigFile
from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.verdicts.cutoffs import Cutoff, Gate, make_cutoffs


def configured_cutoffs(
    config: ConfigFile, chosen: Chosen, evaluators: Sequence[Evaluator], *, typed: Collection[str] = ()
) -> tuple[Cutoff, ...]:
    """Those of the evaluation, and of its evaluators where it says nothing. Raises ConfigError with all wrong ones.

    `typed` has the names of those that the command line gave: they stand nowhere in the file.
    """
    given = {name: (bound, f"{chosen.where}.cutoffs.{name}") for name, bound in chosen.spec.cutoffs.items()}
    for name, (spec, where) in chosen.evaluators.items():
        if spec.cutoff is not None:
            given.setdefault(name, (spec.cutoff, f"{where}.cutoff"))
    found: list[Cutoff] = []
    problems: list[Problem] = []
    for name, (bound, where) in given.items():
        try:
            found += make_cutoffs({name: bound}, evaluators, Gate(chosen.spec.gate))
        except UsageError as error:
            if name in typed:
                problems.append(Problem(error.what, error.where, error.do))
                continue
            problems.append(config.located(UsageError(error.what, where=where, do=error.do)))
    if problems:
        raise ConfigError(problems)
    return tuple(found)
