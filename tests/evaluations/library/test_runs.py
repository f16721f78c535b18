"""`compare`, `export` and `power`: the command's, for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluations import Change, EvaluationsError, ExactMatch, Verdict, compare, evaluate, export, power
from evaluations.cli import main
from tests.evaluations.conftest import sums


def right(question: str) -> str:
    """A model."""
    return str(int(question.split()[2]) + 1)


def worse(question: str) -> str:
    """Another: wrong for every third."""
    number = int(question.split()[2])
    return right(question) if number % 3 else "?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of both."""
    evaluate(sums(60), {"right": right, "worse": worse}, [ExactMatch()], output=tmp_path / "run")
    return tmp_path / "run"


def test_two_variants_are_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command's numbers, and no word."""
    found = compare(folder, variants=("right", "worse"))
    assert ("", "") == tuple(capsys.readouterr())
    assert Verdict.FAIL is found.verdict
    assert main(["compare", str(folder), "--variants", "right", "worse", "--format", "json"]) == 1
    (theirs,) = json.loads(capsys.readouterr().out)["metrics"]
    (ours,) = found.differences
    assert Change.WORSE is ours.change
    assert ours.to_json().items() <= theirs.items()
    assert 60 == found.pairing.both
    assert Verdict.PASS is compare(str(folder), str(folder), variants=("right", "right")).verdict


@pytest.mark.parametrize(
    ("variants", "what"), [(("right", "best"), "there is no variant 'best'"), (None, "two variants are compared")]
)
def test_which_are_meant_must_be_clear(variants: tuple[str, str] | None, what: str, folder: Path) -> None:
    """As for the command."""
    with pytest.raises(EvaluationsError, match=what):
        compare(folder, folder, variants=variants)


@pytest.mark.parametrize(
    ("given", "where", "what"),
    [
        ({"min_coverage": float("nan")}, "min_coverage", "expected float >= 0.0"),
        ({"min_coverage": 80}, "min_coverage", "expected float <= 1.0"),
        ({"min_coverage": "all"}, "min_coverage", "expected float, got string"),
        ({"min_coverage": None}, "min_coverage", "expected float, got nothing"),
        ({"seed": "a"}, "seed", "expected integer, got string"),
        ({"variants": ("right",)}, "variants", "expected array of length 2, got 1"),
        ({"variants": 5}, "variants", "expected array, got integer"),
        ({"before": 5}, "before", "a int is no path"),
        ({"after": ""}, "after", "the path is empty"),
    ],
)
def test_what_a_comparison_is_told_is_checked(given: Any, where: str, what: str, folder: Path) -> None:
    """As the command checks it: what is no share must not make a comparison pass."""
    with pytest.raises(EvaluationsError) as caught:
        compare(**{"before": folder, **given})
    assert (where, what) == (caught.value.where, caught.value.what)
    assert caught.value.do


@pytest.mark.parametrize(
    ("run", "out", "where"), [(None, "out", "folder"), ("", "out", "folder"), (".", b"out", "out")]
)
def test_an_export_is_from_a_folder_to_a_file(run: Any, out: Any, where: str) -> None:
    """Whatever is no path is refused."""
    with pytest.raises(EvaluationsError) as caught:
        export(run, "html", out)
    assert where == caught.value.where


def test_a_comparison_of_nothing_is_an_error(tmp_path: Path) -> None:
    """It would say that nothing changed."""

    def broken(_question: str) -> str:
        raise ValueError

    evaluate(sums(2), {"v": broken}, [ExactMatch()], output=tmp_path / "run")
    found = compare(tmp_path / "run", tmp_path / "run")
    assert (Verdict.ERROR, ("exact_match: nothing was scored in both",)) == (found.verdict, found.reasons)


def test_a_run_is_exported(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To a file; the command's bytes."""
    export(folder, "csv", tmp_path / "ours.csv")
    assert ("", "") == tuple(capsys.readouterr())
    assert main(["export", str(folder), "--to", "csv", "--out", str(tmp_path / "theirs.csv")]) == 0
    assert (tmp_path / "theirs.csv").read_bytes() == (tmp_path / "ours.csv").read_bytes()
    form: Any = "htm"
    with pytest.raises(EvaluationsError) as caught:
        export(folder, form, tmp_path / "ours.html")
    assert 'write "html", if that is what is meant' == caught.value.do


def test_power_is_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """How many datapoints, and how sure so many make."""
    found = power(mean=0.95, cutoff=0.8)
    assert main(["power", "--mean", "0.95", "--cutoff", "0.8", "--format", "json"]) == 0
    theirs = json.loads(capsys.readouterr().out)
    assert (theirs["datapoints"], theirs["power"]) == (found.datapoints, found.power)
    assert found == power(mean=0.95, cutoff=0.8, datapoints=found.datapoints)


@pytest.mark.parametrize(
    ("numbers", "where", "what"),
    [
        ({}, "power", "it is not clear what is to be found"),
        ({"mean": 2, "cutoff": 0.5}, "mean", "expected float <= 1.0"),
        ({"mean": 0.9, "cutoff": 0.5, "power": 1}, "power", "expected float < 1.0"),
        ({"mean": 0.9, "cutoff": 0.5, "datapoints": 0}, "datapoints", "expected integer >= 1"),
        ({"mean": 0.5, "cutoff": 0.9}, "mean 0.5, cutoff 0.9", "no number of datapoints passes it"),
    ],
)
def test_questions_without_an_answer(numbers: Any, where: str, what: str) -> None:
    """Refused in words that are no command line's."""
    with pytest.raises(EvaluationsError) as caught:
        power(**numbers)
    assert (where, what) == (caught.value.where, caught.value.what)
