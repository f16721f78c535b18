"""The results folder."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from evaluations.errors import OutputError, UsageError
from evaluations.folder import open_folder


def test_results_and_summary_are_written(tmp_path: Path) -> None:
    """In a folder that is made for them, and nothing else in it."""
    folder = tmp_path / "deep" / "results"
    with open_folder(folder) as results:
        results.add("{}\n")
        assert not (folder / "summary.json").exists()
        results.finish({"type": "summary"})
    assert (folder / "results.jsonl").read_text() == "{}\n"
    assert {"type": "summary"} == json.loads((folder / "summary.json").read_text())
    assert ["results.jsonl", "summary.json"] == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["results.jsonl", "summary.json"])
def test_earlier_results_are_not_overwritten(tmp_path: Path, name: str) -> None:
    """Whole or not, they stay."""
    (tmp_path / name).write_text("earlier")
    with pytest.raises(UsageError, match="has results already"), open_folder(tmp_path):
        pass
    assert (tmp_path / name).read_text() == "earlier"


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be made") as caught, open_folder(tmp_path / "file"):
        pass
    assert str(tmp_path / "file") in caught.value.where


def fill(folder: Path, hard_limit: int) -> None:
    """Write where there is no room."""
    with open_folder(folder) as results:
        results.add("{}\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard_limit))
        results.finish({})


def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    """It is found out when the results are made durable, and no summary says that all is well."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    folder = tmp_path / "results"
    try:
        with pytest.raises(OutputError, match="File too large"):
            fill(folder, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (folder / "summary.json").exists()
