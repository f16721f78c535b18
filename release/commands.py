"""Spells the commands that messages tell people to type, with the profile in force, so that they reach its targets.

Process-wide on purpose, as redaction is: a command line has one profile, and a target or an image that raises an
error knows nothing of profiles.
"""

from __future__ import annotations

EMBEDDED = "embedded"
"""The profile that `[tool.release]` itself is, and that a command without `--profile` has."""
REASON = '--reason "..."'
_in_force: list[str] = [EMBEDDED]


def use(profile: str) -> None:
    """From now on `command` spells commands of this profile."""
    _in_force[:] = [profile]


def command(session: str, *words: str, profile: str | None = None) -> str:
    """What to type for a session of the engine, of the profile in force unless another one is given.

    The words are written as they are: what needs quotes has them already.
    """
    chosen = _in_force[0] if profile is None else profile
    after = [*words, *(["--profile", chosen] if chosen != EMBEDDED else [])]
    return " ".join(["nox", "-s", session, *(["--", *after] if after else [])])
