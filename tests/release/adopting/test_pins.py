"""The commands that write locks, and what a lock lacks."""

from __future__ import annotations

import pytest

from release.adopting import pins

HATCH = {
    "build-system": {"requires": ["Hatch_VCS>=0.4", "hatchling"]},
    "project": {"requires-python": ">=3.9.2,!=3.9.3"},
}


def test_the_build_lock_holds_build_and_the_backend() -> None:
    """Each requirement is quoted for the shell, and the oldest Python of the project is the one that is locked for."""
    command = pins.build_command(HATCH, "locks/my build.txt")
    assert command.startswith("printf '%s\\n' build 'Hatch_VCS>=0.4' hatchling | uv pip compile --universal ")
    assert " --python-version 3.9 " in command
    assert command.endswith(" -o 'locks/my build.txt' -")


@pytest.mark.parametrize(
    ("requires", "said"),
    [(">=3.10", " --python-version 3.10 "), (">3.12,<4", " --python-version 3.12 "), ("", ""), ("rubbish", "")],
)
def test_the_oldest_python(requires: str, said: str) -> None:
    """It comes from Requires-Python; where that says nothing, or nothing that can be read, uv decides."""
    command = pins.runtime_command({"project": {"requires-python": requires}}, "runtime.txt")
    assert (said or "--universal --generate-hashes") in command


def test_what_a_lock_lacks() -> None:
    """Names are compared as PEP 503 has them; a build system that is not described is setuptools (PEP 518)."""
    lock = "build==1.0 \\\n    --hash=sha256:0\nhatch-vcs==0.5.0 ; python_version < '4' \\\n"
    assert ["hatchling"] == pins.lacking(HATCH, lock)
    assert ["build", "setuptools>=40.8.0", "wheel"] == pins.lacking({}, "")


@pytest.mark.parametrize(
    ("requires", "fits"), [(">=3.10", True), ("<3.11", False), ("", True), ("rubbish", True), (">=3.11.4", False)]
)
def test_the_running_python_is_supported_or_not(requires: str, fits: bool) -> None:
    """Requires-Python decides; one that can't be read refuses nothing."""
    assert fits is pins.is_supported(requires, "3.11.2")
