"""Every way in which the engine refuses: one root, an exit code per cause, what and where and what to do in each.

`python -m release` exits with `exit_code`; docs/exit-codes.md is generated from the classes in this module.
"""

from __future__ import annotations

from typing import Any, ClassVar

from release.redaction import scrub


class ReleaseError(Exception):
    """Something is wrong, somewhere, and there is something to do about it."""

    exit_code: ClassVar[int] = 1
    meaning: ClassVar[str] = "an unexpected failure"

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        super().__init__(scrub(what))
        self.what = scrub(what)
        """One sentence: what is wrong."""
        self.where = scrub(where)
        """The file, key path, commit, target or act that it is about; empty where `what` names it."""
        self.do = scrub(do)
        """The next step for the reader, a command where there is one."""
        self.evidence: dict[str, Any] = {}
        """What was found out before it failed, for the ledger."""

    def add(self, more: str) -> None:
        """Say something more of what is wrong, found out since."""
        self.what = f"{self.what}\n{scrub(more)}"

    def __str__(self) -> str:
        """All three parts, a line each."""
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.do:
            lines.append(f"  do:    {self.do}")
        return "\n".join(lines)


def of_system(error: OSError, place: str = "") -> ReleaseError:
    """What to say where the operating system refused; `place` is where, when it names no file."""
    return ReleaseError(
        f"the operating system refused: {error.strerror or error}", where=str(error.filename or place),
        do="mend that (room on the disk, rights) and run the command again: it goes on from here",
    )  # fmt: skip


class UsageError(ReleaseError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = 2
    meaning = "the command line or the configuration is wrong"


class ConfigError(ReleaseError):
    """`[tool.release]` has a wrong key or value; `where` is the key path."""

    exit_code = 2
    meaning = "the command line or the configuration is wrong"


class Refused(ReleaseError):
    """A precondition does not hold; nothing was done."""

    exit_code = 3
    meaning = "a check refused before anything was changed"

    def __init__(self, problems: list[ReleaseError]) -> None:
        count = len(problems)
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
        self.summary = f"{count} problem{'s' if count != 1 else ''}, nothing was changed"


class GateFailed(ReleaseError):
    """A gate failed, did not run, or its outcome is unknown."""

    exit_code = 4
    meaning = "a gate failed or did not run"


class BuildFailed(ReleaseError):
    """The build failed, or two builds of one commit differ."""

    exit_code = 5
    meaning = "the build or the image failed, or is not reproducible"


class VerifyFailed(ReleaseError):
    """What users would get is not what was built, or does not work."""

    exit_code = 6
    meaning = "what a channel serves is not what was released, or does not work"


class Tampered(ReleaseError):
    """Bytes are not those that the record says; `where` names the file, commit, page or tag."""

    exit_code = 7
    meaning = "stored bytes differ from the record"


class LockHeld(ReleaseError):
    """Somebody else is releasing."""

    exit_code = 8
    meaning = "somebody else is releasing, or took the lock over"


class LockLost(LockHeld):
    """The process held the lock, and does not any more; it may change nothing."""


class NotEligible(ReleaseError):
    """There is no earlier release to go back to, or the one asked for may not be served."""

    exit_code = 9
    meaning = "no release is eligible for what was asked"


class TargetFailed(ReleaseError):
    """A target did not answer, or refused. Whether what was asked of it has happened is to be found out by asking."""

    exit_code = 10
    meaning = "a target did not answer, or refused"

    def __init__(self, what: str, *, where: str = "", do: str = "", status: int | None = None) -> None:
        super().__init__(what, where=where, do=do)
        self.status = status
        """Of the HTTP answer (RFC 9110), or None where there was none."""


class CommandFailed(ReleaseError):
    """A program that the engine ran ended with an error."""


class Interrupted(ReleaseError):
    """Ctrl-C."""

    exit_code = 130
    meaning = "interrupted; the next run goes on from there"
