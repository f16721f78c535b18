"""Standard output belongs to results."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluations.cli import main

_MODULE = """\
import logging
import os
import sys

print("loaded")
logging.basicConfig(stream=sys.stdout, level=logging.INFO)
os.write(1, b"as C does\\n")


def target(question):
    print("asked", question)
    logging.info("logged")
    os.system("echo started")
    return question


async def score(datapoint, answer):
    print("scored")
    return 1.0
"""
_CONFIG = """\
[functions.f]
type = "chat"
[functions.f.variants.v]
type = "python"
function = "noisy:target"
[functions.f.evaluators.e]
type = "python"
function = "noisy:score"
[evaluations.x]
function_name = "f"
dataset = "data.jsonl"
"""


def _project(folder: Path) -> Path:
    (folder / "noisy.py").write_text(_MODULE)
    (folder / "data.jsonl").write_text("".join(json.dumps({"input": f"q{number}"}) + "\n" for number in range(3)))
    path = folder / "evaluations.toml"
    path.write_text(_CONFIG)
    return path


@pytest.mark.parametrize("reader", ["file", "pipe"])
def test_what_functions_print_is_no_result(tmp_path: Path, reader: str) -> None:
    """Each line of standard output is JSON, whatever functions, loggers, C and programs write; they are still seen."""
    words = [sys.executable, "-m", "evaluations", "run", "--config", str(_project(tmp_path)), "--format", "jsonl"]
    with (tmp_path / "out").open("w+b") as file:
        done = subprocess.run(
            words, stdout=file if reader == "file" else subprocess.PIPE, stderr=subprocess.PIPE, check=True
        )
        file.seek(0)
        printed = file.read() if reader == "file" else done.stdout
    kinds = [json.loads(line)["type"] for line in printed.splitlines()]
    assert [*["datapoint"] * 3, "summary"] == kinds
    for text, times in ((b"loaded", 1), (b"as C does", 1), (b"asked", 3), (b"started", 3), (b"scored", 3)):
        assert times == done.stderr.count(text), text
    assert b"INFO:root:logged" in done.stderr


def test_without_standard_error_it_still_runs(tmp_path: Path) -> None:
    """Then what they print is lost, and results are not."""
    command = f"exec {sys.executable} -m evaluations run --config {_project(tmp_path)} --format jsonl 2>&-"
    done = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, check=True)
    assert 4 == len([json.loads(line) for line in done.stdout.splitlines()])


def test_without_standard_output_it_still_runs(tmp_path: Path) -> None:
    """Then the verdict is the exit code alone, and results are in their folder."""
    command = f"exec {sys.executable} -m evaluations run --config {_project(tmp_path)} --output {tmp_path / 'run'} >&-"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, check=True)
    assert b"Traceback" not in done.stderr
    assert 3 == len((tmp_path / "run" / "results.jsonl").read_text().splitlines())


def test_check_says_only_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is called in a process whose streams are not those of the system; they are given back."""
    monkeypatch.delitem(sys.modules, "noisy", raising=False)
    assert main(["check", str(_project(tmp_path))]) == 0
    monkeypatch.delitem(sys.modules, "noisy", raising=False)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != str(tmp_path)])
    captured = capsys.readouterr()
    assert captured.out.startswith("function f: variant v; evaluator e\n")
    assert "loaded\n" in captured.err
    print("afterwards")  # noqa: T201
    assert "afterwards\n" == capsys.readouterr().out
