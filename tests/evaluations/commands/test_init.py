"""`evaluations init`: what it writes is sound, runs, and is never written over anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluations.cli import main
from evaluations.config import example
from evaluations.config.schema import json_schema
from evaluations.version import project_url
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


def test_it_runs_where_only_the_package_is(tmp_path: Path) -> None:
    """Without a model, a clone or a network: the program in the folder is asked, in a process that has nothing else."""
    words = [sys.executable, "-m", "evaluations"]
    for more in (["init"], ["check"], ["run", "arithmetic", "--format", "jsonl"]):
        done = subprocess.run([*words, *more], cwd=tmp_path, capture_output=True, text=True, check=True)
    *results, summary = [json.loads(line) for line in done.stdout.splitlines()]
    assert (20, "pass", ["program"]) == (len(results), summary["verdict"], list(summary["variants"]))


def test_what_it_points_to_is_there(tmp_path: Path) -> None:
    """The schema that editors read is written, and the documentation is at the project's address."""
    assert 0 == main(["init", str(tmp_path)])
    assert json.loads((tmp_path / "evaluations.schema.json").read_text()) == json_schema()
    text = (tmp_path / "evaluations.toml").read_text()
    assert "\n#:schema evaluations.schema.json\n" in text
    assert "docs/" not in text
    for each in (text, (tmp_path / "README.md").read_text()):
        assert str(project_url()) in each
    assert "None" not in "".join(example.files(None, "").values())


@pytest.mark.parametrize("address", ["foo", "", "http://", "ftp://localhost/v1", "http://user:word@localhost/v1"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is written."""
    assert 2 == main(["init", str(tmp_path / "new"), "--endpoint", address])
    assert "--endpoint" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


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
