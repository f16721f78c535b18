"""Every way in which the engine refuses."""

from __future__ import annotations

import pytest

from release import acts, cli, git  # noqa: F401 - so that every class of error is defined
from release.errors import ConfigError, Refused, ReleaseError, UsageError
from release.ledger import lock  # noqa: F401 - so that every class of error is defined


def every() -> list[type[ReleaseError]]:
    """All classes of errors, wherever they are defined."""
    found = [ReleaseError]
    for one in found:
        found += [child for child in one.__subclasses__() if child not in found]
    return found


def test_exit_codes_are_unique_for_each_meaning() -> None:
    """An exit code has one meaning, and a meaning has one exit code; none of them looks like success."""
    pairs = {(one.exit_code, one.meaning) for one in every()}
    assert len(pairs) == len({code for code, _ in pairs}) == len({meaning for _, meaning in pairs})
    assert all(0 < code < 256 for code, _ in pairs)


@pytest.mark.parametrize("kind", [one for one in every() if one is not Refused], ids=lambda one: one.__name__)
def test_error_renders_what_where_and_do(kind: type[ReleaseError]) -> None:
    """Each error shows its three parts, a line each, and is documented."""
    error = kind("it is broken", where="here", do="mend it")
    assert "it is broken\n  where: here\n  do:    mend it" == str(error)
    assert kind.__doc__
    assert {} == error.evidence


def test_empty_parts_are_left_out() -> None:
    """An error that names the place itself prints no empty line for it."""
    assert "it is broken" == str(ReleaseError("it is broken"))
    assert "it is broken\n  do:    mend it" == str(UsageError("it is broken", do="mend it"))


def test_refusal_shows_every_problem() -> None:
    """All problems come together, each with its own advice, and are counted."""
    problems: list[ReleaseError] = [ConfigError("one", where="a", do="b"), ReleaseError("two")]
    error = Refused(problems)
    assert f"{problems[0]}\n{problems[1]}" == str(error)
    assert tuple(problems) == error.problems
    assert "2 problems, nothing was changed" == error.summary
    assert "1 problem, nothing was changed" == Refused(problems[:1]).summary
