"""`evaluations init`: what it writes is sound, runs, and is never written over anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluations.cli import main
from evaluations.config import example
from tests.servers.model import ModelServer


def test_what_it_writes_passes_check_and_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Against the model server, with every datapoint asked once and a verdict."""
    folder = tmp_path / "a b" / "new"
    with ModelServer() as server:
        assert 0 == main(["init", str(folder), "--endpoint", server.url, "--model", 'my "model"'])
        assert 0 == main(["check", str(folder)])
        capsys.readouterr()
        assert 0 == main(["run", "--config", str(folder), "--format", "jsonl"])
        assert (20, 'my "model"') == (server.requests, server.seen[0][1]["model"])
        assert "Answer with a number and nothing else." == server.seen[0][1]["messages"][0]["content"]
    *results, summary = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (20, "pass") == (len(results), summary["verdict"])


def test_it_says_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here, where no folder is named."""
    monkeypatch.chdir(tmp_path)
    assert 0 == main(["init"])
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == set(example.files("", ""))
    output = capsys.readouterr().out
    assert written == {line.strip() for line in output.splitlines() if line.startswith("  ")}
    assert 0 == main(["check"])


@pytest.mark.parametrize("name", ["evaluations.toml", "data/questions.jsonl", "README.md"])
def test_nothing_is_overwritten(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing else is written then; not even where a link leads nowhere."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(tmp_path / "nowhere")
    assert 2 == main(["init", str(tmp_path)])
    assert f"  where: {path}\n" in capsys.readouterr().err
    assert [path] == [each for each in tmp_path.rglob("*") if not each.is_dir()]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As bad usage."""
    (tmp_path / "file").write_text("")
    assert 2 == main(["init", str(tmp_path / "file")])
    assert "the example can't be written: " in capsys.readouterr().err


def test_the_example_has_about_twenty_lines_with_unique_ids() -> None:
    """Each with what its template wants, and the right answer."""
    lines = [json.loads(line) for line in example.files("", "")["data/questions.jsonl"].splitlines()]
    assert 20 == len(lines) == len({line["id"] for line in lines})
    for line in lines:
        given = line["input"]
        right = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}[given["operation"]](
            given["left"], given["right"]
        )
        assert str(right) == line["reference"]
