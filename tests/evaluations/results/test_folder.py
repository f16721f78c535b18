"""The folder of a run."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from evaluations.errors import OutputError, UsageError
from evaluations.results.folder import open_folder
from evaluations.results.manifest import Source
from tests.evaluations.results.samples import manifest


def names(folder: Path) -> list[str]:
    """What is in it."""
    return sorted(path.name for path in folder.iterdir())


def read(path: Path) -> dict[str, object]:
    """A JSON file."""
    return dict(json.loads(path.read_text()))


def test_manifest_results_and_summary_are_written(tmp_path: Path) -> None:
    """In a folder that is made for them, the manifest first, and nothing else in it."""
    folder = tmp_path / "deep" / "results"
    with open_folder(folder, manifest(1)) as results:
        assert ["manifest.json", "results.jsonl"] == names(folder)
        assert read(folder / "manifest.json")["resumed"] == []
        results.add("{}\n")
        assert (folder / "results.jsonl").read_text() == "{}\n", "a line is there as soon as it was added"
        results.finish({"type": "summary"})
    assert read(folder / "summary.json").keys() == {"type", "ended"}
    assert ["manifest.json", "results.jsonl", "summary.json"] == names(folder)


@pytest.mark.parametrize("name", ["manifest.json", "results.jsonl", "summary.json"])
def test_earlier_results_are_not_overwritten(tmp_path: Path, name: str) -> None:
    """Whole or not, they stay."""
    (tmp_path / name).write_text("earlier")
    with pytest.raises(UsageError, match="has results already"), open_folder(tmp_path, manifest(1)):
        pass
    assert (tmp_path / name).read_text() == "earlier"


def test_a_run_is_gone_on_with(tmp_path: Path) -> None:
    """What was there stays, the summary of the first part goes, and the manifest says when."""
    with open_folder(tmp_path, manifest(3), resume=True) as results:
        results.add('{"n": 1}\n')
        results.finish({"complete": False})
    before = read(tmp_path / "manifest.json")
    with open_folder(tmp_path, manifest(3), resume=True) as results:
        assert ["manifest.json", "results.jsonl"] == names(tmp_path)
        results.add('{"n": 2}\n')
    assert (tmp_path / "results.jsonl").read_text() == '{"n": 1}\n{"n": 2}\n'
    after = read(tmp_path / "manifest.json")
    assert (before["started"], 1) == (after["started"], len(after["resumed"]))  # type: ignore[arg-type]


def test_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    """Every difference is named, and nothing is changed."""
    with open_folder(tmp_path, manifest(3)) as results:
        results.add("{}\n")
    other = replace(
        manifest(3, ("small", "large")), seed=7, gate="bound", dataset=Source("elsewhere/facts.jsonl", "cd" * 32)
    )
    written = (tmp_path / "manifest.json").read_bytes()
    with pytest.raises(UsageError) as caught, open_folder(tmp_path, other, resume=True):
        pass
    said = caught.value.what
    assert f'dataset.sha256 was "{"ab" * 32}" and is now "{"cd" * 32}"' in said
    assert 'variants.large.model was not there and is now "large"' in said
    assert "seed was null and is now 7" in said
    assert 'gate was "mean" and is now "bound"' in said
    assert "variants.small" not in said
    assert "dataset.name" not in said
    assert written == (tmp_path / "manifest.json").read_bytes()


@pytest.mark.parametrize("text", [None, "", "[]", '{"type": '])
def test_results_without_a_sound_manifest_are_not_gone_on_with(tmp_path: Path, text: str | None) -> None:
    """Nobody can know what they are of."""
    (tmp_path / "results.jsonl").write_text("{}\n")
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UsageError, match="without a sound manifest"), open_folder(tmp_path, manifest(1), resume=True):
        pass


def test_two_processes_do_not_write_into_one_folder(tmp_path: Path) -> None:
    """The second is told so, and the folder is free again when the first has ended."""
    with (
        open_folder(tmp_path, manifest(1)),
        pytest.raises(UsageError, match="another process"),
        open_folder(tmp_path, manifest(1), resume=True),
    ):
        pass
    with open_folder(tmp_path, manifest(1), resume=True) as results:
        results.add("{}\n")


_KILLED = """
import os, signal, sys
from pathlib import Path
from evaluations.results.folder import open_folder
from tests.evaluations.results.samples import manifest

with open_folder(Path(sys.argv[1]), manifest(1)) as results:
    for number in range(1000):
        results.add('{"n": %d}\\n' % number)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_no_line(tmp_path: Path) -> None:
    """Each was handed to the system when it was added, and the lock went with the process."""
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], env=environment, check=False)
    assert -signal.SIGKILL == done.returncode
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 1000
    with open_folder(tmp_path, manifest(1), resume=True):
        pass


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UsageError, match="can't be made") as caught,
        open_folder(tmp_path / "file", manifest(1)),
    ):
        pass
    assert str(tmp_path / "file") in caught.value.where


def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    """It is found out at the line that does not fit, and no summary says that all is well."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with open_folder(tmp_path, manifest(1)) as results:
            results.add("{}\n")
            resource.setrlimit(resource.RLIMIT_FSIZE, (3, before[1]))
            with pytest.raises(OutputError, match="File too large"):
                results.add('{"n": 2}\n')
            with pytest.raises(OutputError, match="File too large"):
                results.finish({})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert ["manifest.json", "results.jsonl"] == names(tmp_path)
    assert (tmp_path / "results.jsonl").read_text().startswith("{}\n")


def test_who_was_never_asked_is_asked_again(tmp_path: Path) -> None:
    """Lines of an endpoint that was given up go when the run goes on; answers, other errors and a torn end stay."""
    folder = tmp_path / "run"
    answered, other, down = (
        {"id": "1", "seconds": 1.0, "errors": {"judge": {"cause": "endpoint_down", "message": "gone"}}},
        {"id": "2", "errors": {"exact_match": {"cause": "http_400", "message": "endpoint_down?"}}},
        {"id": "3", "errors": {"exact_match": {"cause": "endpoint_down", "message": "gone"}}},
    )
    with open_folder(folder, manifest(3)) as run:
        for fields in (answered, down, other, down):
            run.add(json.dumps(fields) + "\n")
        run.add('{"id": "endpoint_down"')
    kept = f'{json.dumps(answered)}\n{json.dumps(other)}\n{{"id": "endpoint_down"'
    with open_folder(folder, manifest(3), resume=True):
        assert kept == (folder / "results.jsonl").read_text()
