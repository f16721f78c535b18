"""The command line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.metadata
import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from evaluations.cli import main
from evaluations.errors import EvaluationsError, ExitCode
from evaluations.options.run import CACHE_MODES, GATES, SIMPLE_EVALUATORS
from evaluations.options.verbs import EXPORTS
from evaluations.planning.direct import KINDS
from evaluations.results.exports import FORMATS
from evaluations.running.cache import CacheMode
from evaluations.verdicts.cutoffs import Gate

assert importlib.metadata  # loaded before a test empties the path


def test_the_version_is_that_of_the_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exactly one line."""
    folder = tmp_path / "model_evaluations-9.8.7.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: model-evaluations\nVersion: 9.8.7\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "evaluations 9.8.7\n"
    with contextlib.redirect_stdout(io.StringIO()) as printed:  # a caller's own stream, which is no file
        assert main(["--version"]) == 0
    assert printed.getvalue() == "evaluations 9.8.7\n"


def test_no_distribution_no_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An error that says so instead of a made-up number."""
    monkeypatch.setattr(sys, "path", [])
    assert main(["--version"]) == 2
    assert "not installed" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"]])
def test_the_help_has_the_table_of_exit_codes(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every code with its meaning, from the one table."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert all(f"  {code.value:<4} {code.meaning}" in printed for code in ExitCode)
    assert [0, 1, 2, 3, 4, 130] == list(ExitCode)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "say what to do: evaluations run"),
        (["walk"], "invalid choice: 'walk'"),
        (["run", "--repeats", "0"], "0 is not from 1 to"),
        (["run", "--concurrency", "0"], "0 is not from 1 to 10,000"),
        (["run", "--concurrency", "many"], "--concurrency"),
        (["run", "--timeout", "0"], "0 is no time above 0"),
        (["run", "--timeout", "nan"], "nan is no time above 0"),
        (["run", "--timeout", "inf"], "inf is no time above 0"),
        (["run", "--max-error-rate", "1.5"], "1.5 is not from 0 to 1"),
        (["run", "--max-error-rate", "nan"], "nan is not from 0 to 1"),
        (["run", "--min-coverage", "1.5"], "1.5 is not from 0 to 1"),
        (["run", "--gate", "best"], "invalid choice: 'best'"),
        (["run", "--evaluator", "judge"], "invalid choice: 'judge'"),
        (["run", "--format", "xml"], "invalid choice: 'xml'"),
        (["run", "--slice", "a:b"], "'a:b' is no slice: give START:STOP"),
        (["run", "--slice", "1:2:3"], "'1:2:3' is no slice"),
        (["run", "--slice", "5"], "'5' is no slice"),
        (["run", "--slice", "-5:"], "expected one argument"),
        (["run", "--slice=-5:"], "'-5:' is no slice"),
        (["run", "--slice", ""], "'' is no slice"),
        (["run", "--slice", ":"], "':' is no slice"),
        (["run", "--slice", "7:7"], "7:7 holds nothing"),
        (["run", "--slice", ":0"], ":0 holds nothing"),
        (["run", "--slice", "9" * 5000 + ":"], "is no slice"),
        (["run", "--output", ""], "argument --output: the path is empty"),
        (["run", "--dataset", ""], "argument --dataset: the path is empty"),
        (["check", ""], "the path is empty"),
        (["run", "--api-key", "sk-1"], "unrecognized arguments"),
    ],
)
def test_bad_usage(words: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and the reason; there is no option for a key."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert reason in capsys.readouterr().err


def test_help_is_quick() -> None:
    """Neither aiohttp nor asyncio nor the metadata reader are loaded for it."""
    program = (
        "import sys\nfrom evaluations.cli import main\n"
        "late = {'aiohttp', 'asyncio', 'importlib.metadata', 'statistics', 'fractions', 'evaluations.statistics'}\n"
        "try: main(['run', '--help'])\n"
        "except SystemExit: print(late & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\nset()\n")


def test_it_is_a_module(tmp_path: Path) -> None:
    """`python -m evaluations` from any folder."""
    words = [sys.executable, "-m", "evaluations", "--help"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, "usage: evaluations") == (done.returncode, done.stdout[:18])


def test_an_error_says_what_where_and_what_to_do() -> None:
    """A line each, and no empty ones."""
    assert "a\n  where: b\n  do:    c" == str(EvaluationsError("a", where="b", do="c"))
    assert str(EvaluationsError("a")) == "a"


def test_the_words_of_options_are_those_of_what_they_choose() -> None:
    """They stand in two places, so that help needs not load what they are for."""
    assert sorted(EXPORTS) == sorted(FORMATS)
    assert {gate.value for gate in Gate} == set(GATES)
    assert {mode.value for mode in CacheMode} == set(CACHE_MODES)
    assert set(KINDS) == set(SIMPLE_EVALUATORS)


@pytest.mark.parametrize("kind", [KeyError, asyncio.CancelledError, GeneratorExit])
def test_a_defect_is_no_missed_cutoff(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[BaseException]
) -> None:
    """Exit code 3 with the traceback, and not Python's own 1."""

    def broken(_arguments: argparse.Namespace) -> ExitCode:
        raise kind("a defect")

    monkeypatch.setitem(sys.modules, "evaluations.commands.schema", SimpleNamespace(run=broken))
    assert main(["schema"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Traceback (most recent call last):\n")
    assert f"{kind.__name__}: " in captured.err
    assert captured.err.endswith("evaluations: this is a defect of evaluations, and no verdict\n")
