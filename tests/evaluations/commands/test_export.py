"""`evaluations export`."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import pytest

from evaluations.commands.export import run
from evaluations.errors import ExitCode, OutputError, UsageError
from tests.evaluations.results.samples import sample


def arguments(folder: Path, form: str, out: Path | None = None) -> argparse.Namespace:
    """As the command line gives them."""
    return argparse.Namespace(folder=folder, to=form, out=out)


@pytest.mark.parametrize("form", ["csv", "junit", "markdown", "github", "html"])
def test_standard_output_gets_what_a_file_gets(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """Byte by byte."""
    folder = sample(tmp_path / "run", 200)
    assert ExitCode.PASSED is run(arguments(folder, form))
    assert ExitCode.PASSED is run(arguments(folder, form, tmp_path / "out"))
    assert capsys.readouterr().out == (tmp_path / "out").read_bytes().decode()


def test_parquet_needs_a_file(tmp_path: Path) -> None:
    """It is no text."""
    with pytest.raises(UsageError, match="goes to a file only"):
        run(arguments(sample(tmp_path / "run", 1), "parquet"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no run's folder"),
        ("{}", "has schema None"),
        ('{"type": "manifest", "schema": 99}', "has schema 99, and this version reads 3"),
        ("[]", "not a JSON object"),
        ("{", "not a JSON object"),
    ],
)
def test_what_is_no_run_is_refused(tmp_path: Path, text: str | None, reason: str) -> None:
    """With the file, and what to do."""
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UsageError, match=reason) as caught:
        run(arguments(tmp_path, "csv"))
    assert str(tmp_path) in caught.value.where
    assert caught.value.do


def test_a_file_that_can_not_be_made_is_an_error(tmp_path: Path) -> None:
    """With its name; a place that can't be one is a wrong argument."""
    folder = sample(tmp_path / "run", 1)
    for out, reason in ((tmp_path / "nowhere" / "out.csv", "there is no such folder"), (tmp_path, "it is a folder")):
        with pytest.raises(UsageError, match=f"can't be written: {reason}") as caught:
            run(arguments(folder, "csv", out))
        assert f"--out {out}" == caught.value.where
    out = tmp_path / ("x" * 300)
    with pytest.raises(OutputError, match="can't be written: File name too long") as failed:
        run(arguments(folder, "csv", out))
    assert str(out) == failed.value.where


def test_a_reader_that_went_away_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `| head`."""
    folder = sample(tmp_path / "run", 1)
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(OutputError, match="No space left"):
            run(arguments(folder, "csv"))
        monkeypatch.setattr(sys, "stdout", io.StringIO())
