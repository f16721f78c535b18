"""Every way in which `evaluations` ends: the table of exit codes, and one root for errors with what, where and do."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Self


class ExitCode(IntEnum):
    """What the exit code of `evaluations` says. This is the one table; the help text is made from it."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """A number with its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    PASSED = 0, "every cutoff was met; `compare`: nothing got worse"
    CUTOFF_MISSED = 1, "verdict fail: the run is sound, and a cutoff was missed; `compare`: something got worse"
    BAD_INPUT = 2, "the command line, the data set or a results folder is wrong; nothing was asked"
    RUN_FAILED = (
        3,
        "verdict error: too many errors, too little scored, an unknown cost, nothing written, or a defect",
    )
    INCONCLUSIVE = (
        4,
        "verdict inconclusive: the data do not decide a cutoff, or a run is not whole: a budget ended it",
    )
    INTERRUPTED = 130, "interrupted; what there is was reported, marked as incomplete"


class Complaint(NamedTuple):
    """What is wrong with a datapoint, and what to do about it; who knows the file and the line makes an error of it."""

    what: str
    do: str


class EvaluationsError(Exception):
    """Something is wrong, somewhere, and there is something to do about it."""

    exit_code: ClassVar[ExitCode] = ExitCode.RUN_FAILED

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        """One sentence: what is wrong."""
        self.where = where
        """The file and line, the option or the variable that it is about; empty where `what` names it."""
        self.do = do
        """The next step for the reader."""

    def __str__(self) -> str:
        """All three parts, a line each."""
        parts = [self.what]
        if self.where:
            parts.append(f"  where: {self.where}")
        if self.do:
            parts.append(f"  do:    {self.do}")
        return "\n".join(parts)


class UsageError(EvaluationsError):
    """The command line, or a setting from the environment, is wrong."""

    exit_code = ExitCode.BAD_INPUT


class DatasetError(EvaluationsError):
    """The data set can't be read or has a wrong line; `where` is the file and the line."""

    exit_code = ExitCode.BAD_INPUT


class EmptyDatasetError(DatasetError):
    """There is no datapoint to ask: a run of nothing is a failed run, and never one that passed."""

    exit_code = ExitCode.RUN_FAILED


class ChangedDatasetError(EvaluationsError):
    """The data set was sound when it was checked, and was changed while the run was reading it."""


class OutputError(EvaluationsError):
    """Results could not be written."""
