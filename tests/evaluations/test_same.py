"""The gate that requires the same results everywhere fails where they differ."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests import same

CHANGED = """#!{python}
import sys
{change}
from evaluations.cli import main
sys.exit(main())
"""
GOOD = [sys.executable, "-m", "evaluations"]


def _changed(folder: Path, change: str) -> list[str]:
    (folder / "program").write_text(CHANGED.format(python=sys.executable, change=change))
    (folder / "program").chmod(0o755)
    return [str(folder / "program")]


def test_the_same_program_says_the_same(tmp_path: Path) -> None:
    """Sixty datapoints, the summary and the exit code; times are left out."""
    assert 62 == same.compare({"one": GOOD, "other": _changed(tmp_path, "")})


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("sys.argv += ['--seed', '8']", "one has"),
        ("sys.argv += ['--sample', '29']", "one has"),
        ("sys.argv += ['--cutoff', 'similarity=0.1']", "one has"),
        ("print('no JSON')", "printed no JSON Lines"),
        ("sys.exit(0)", 'other has {"exit code": 0}'),
    ],
)
def test_a_difference_fails(tmp_path: Path, change: str, what: str) -> None:
    """Another datapoint, fewer of them, another verdict, other output, or none."""
    with pytest.raises(same.DifferentError, match=what):
        same.compare({"one": GOOD, "other": _changed(tmp_path, change)})


def test_nothing_is_not_the_same(tmp_path: Path) -> None:
    """Two programs that say nothing prove nothing."""
    program = _changed(tmp_path, "sys.exit(0)")
    with pytest.raises(same.DifferentError, match="next to nothing"):
        same.compare({"one": program, "other": program})


def test_it_says_how_it_is_used() -> None:
    """Without a wheel and a layout there is nothing to compare."""
    assert 2 == same.main([])
