"""What is wrong with a configuration: one error for all of its problems, each with file, line and key path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evaluations.errors import UsageError


class Problem(NamedTuple):
    """One thing to mend in a configuration."""

    what: str
    """One sentence: what is wrong."""
    where: str
    """File, line where there is one, and key path: `evaluations.toml, line 7: functions.F.variants.V.temprature`."""
    do: str
    """The next step for the reader."""

    def __str__(self) -> str:
        """As EvaluationsError shows its parts."""
        return f"{self.what}\n  where: {self.where}\n  do:    {self.do}"


class ConfigError(UsageError):
    """The configuration is wrong. All that could be found is reported together."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """One problem at least, in the order of the file."""
        first = problems[0]
        super().__init__(first.what, where=first.where, do=first.do)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """One problem as every error; several below each other, counted."""
        if len(self.problems) == 1:
            return super().__str__()
        return "\n".join([f"{len(self.problems)} problems", *map(str, self.problems)])
