"""What Nox says of a noxfile."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.errors import ReleaseError
from release.gates import sessions

NOXFILE = """\
import nox

print("a noxfile may print")


@nox.session(python=["3.10", "3.11"])
def test(session): ...


@nox.session
def lint(session): ...


@nox.session(default=False)
def lock(session): ...
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with that noxfile."""
    (tmp_path / "noxfile.py").write_text(NOXFILE)
    return tmp_path


def test_what_bare_nox_runs(root: Path) -> None:
    """Each session once, whatever its Pythons, in the order of the file, and none that is not run by default."""
    assert ("test", "lint") == sessions.default(root)


def test_what_is_not_there(root: Path) -> None:
    """Sessions are asked for by name, those that do not run by default too."""
    assert () == sessions.missing(root, ["lock", "test"])
    assert ("other", "another") == sessions.missing(root, ["lint", "other", "another"])


def test_a_noxfile_that_asks_for_another_nox(root: Path) -> None:
    """Nox's own words are in the error, and no session is taken for missing."""
    (root / "noxfile.py").write_text(f"import nox\n\nnox.needs_version = '>=9999'\n{NOXFILE}")
    with pytest.raises(ReleaseError, match="9999"):
        sessions.default(root)
    with pytest.raises(ReleaseError, match="9999"):
        sessions.missing(root, ["test"])
