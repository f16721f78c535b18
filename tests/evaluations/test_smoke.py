"""The smoke test passes what works and refuses what does not."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests import smoke

FAKE = """#!{python}
import sys
from importlib import metadata
metadata.version = lambda name: "1.2.3"
{damage}
from evaluations.cli import main
sys.exit(main())
"""

SHORT = """
import evaluations.evaluation, evaluations.running.run, itertools
whole = evaluations.running.run.questions
evaluations.evaluation.questions = lambda *arguments: itertools.islice(whole(*arguments), 39)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Where the program goes."""
    return tmp_path / "evaluations"


def install(program: Path, damage: str = "") -> list[str]:
    """The real command as version 1.2.3, with something broken."""
    program.write_text(FAKE.format(python=sys.executable, damage=damage))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return [str(program)]


def test_a_good_program_passes(program: Path, tmp_path: Path) -> None:
    """One line for each check; from any folder, with a command of several words."""
    command = ["env", "X=1", *install(program)]
    words = [sys.executable, str(Path(smoke.__file__)), "1.2.3", *command]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.splitlines() == [
        "ok: it is evaluations 1.2.3",
        "ok: 40 right answers pass with mean 1.0",
        "ok: wrong answers fail",
    ]


def test_it_says_how_it_is_used() -> None:
    """Without a command it has nothing to test."""
    assert smoke.main(["1.2.3"]) == 2


@pytest.mark.parametrize(
    ("version", "damage", "reason"),
    [
        ("1.2.4", "", "--version should print 'evaluations 1.2.4'"),
        ("1.2.3", "raise SystemExit(0)", "--version should print 'evaluations 1.2.3'"),
        ("1.2.3", "if '--version' not in sys.argv: sys.exit(0)", "the last line should be the summary"),
        ("1.2.3", "if '--version' not in sys.argv: sys.exit(print('{}'))", "the last line should be the summary"),
        ("1.2.3", "if '--version' not in sys.argv: sys.exit('broken')", "the run should exit with 0"),
        ("1.2.3", "sys.argv += ['--concurrency', '0'] if 'run' in sys.argv else []", "the run should exit with 0"),
        (
            "1.2.3",
            "import evaluations.evaluators.exact_match as e\nasync def one(*a): return 1.0\ne.ExactMatch.score = one",
            "the run should exit with 1",
        ),
        (
            "1.2.3",
            SHORT,
            "the run should exit with 0",
        ),
    ],
)
def test_a_bad_program_is_refused(
    program: Path, capsys: pytest.CaptureFixture[str], version: str, damage: str, reason: str
) -> None:
    """With the check that failed, and what was printed."""
    assert smoke.main([version, *install(program, damage)]) == 1
    last = capsys.readouterr().out
    assert "smoke failed: " in last
    assert reason in last


def test_a_wrong_mean_is_refused(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where the exit code is right."""
    damage = "import evaluations.verdicts.summary as s\nt = s.RunSummary.to_json\n"
    damage += "s.RunSummary.to_json = lambda self: t(self) | {'verdict': 'pass'}"
    assert smoke.main(["1.2.3", *install(program, damage)]) == 1
    assert "wrong answers should fail with mean 0.0: pass, mean 0.0" in capsys.readouterr().out


def test_a_missing_program_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By name."""
    assert smoke.main(["1.2.3", str(tmp_path / "missing")]) == 1
    assert "missing" in capsys.readouterr().out
