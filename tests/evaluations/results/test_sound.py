"""A folder that was damaged is refused by all that read it, with file, line and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluations import ExactMatch, evaluate
from evaluations.cli import main
from evaluations.errors import UsageError
from evaluations.results.schema import RESULT
from evaluations.results.sound import flaw

RECORDS = [{"id": name, "input": name, "reference": name.upper()} for name in "abc"]


def shout(question: str) -> str:
    """A model."""
    return question.upper()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a whole run."""
    evaluate(RECORDS, {"v": shout}, [ExactMatch()], output=tmp_path / "run")
    return tmp_path / "run"


def go_on(folder: Path) -> None:
    """With the run of the fixture."""
    evaluate(RECORDS, {"v": shout}, [ExactMatch()], output=folder, resume=True)


def read(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What compare and every export say, each a usage error."""
    forms = ("csv", "junit", "markdown", "github", "html")
    said = []
    for words in (["compare", str(folder), str(folder)], *(["export", str(folder), "--to", form] for form in forms)):
        assert main(words) == 2
        said.append(capsys.readouterr().err)
    return said


def change(path: Path, edit: Callable[[Any], object]) -> None:
    """The JSON of a file, or of the second line of results."""
    lines = path.read_text().splitlines(keepends=True)
    place = slice(1, 2) if path.suffix == ".jsonl" else slice(None)
    fields = json.loads("".join(lines[place]))
    edit(fields)
    lines[place] = [json.dumps(fields, indent=None if path.suffix == ".jsonl" else 2) + "\n"]
    path.write_text("".join(lines))


MANIFESTS: list[tuple[Callable[[Any], object], str]] = [
    (lambda fields: fields.pop("resumed"), '"resumed" is a required property'),
    (lambda fields: fields.update(variants=["v"]), "['variants']: "),
    (lambda fields: fields["evaluators"][0].pop("lowest"), "['evaluators'][0]: \"lowest\" is a required property"),
    (lambda fields: fields["dataset"].update(count="3"), "['dataset']['count']: "),
    (lambda fields: fields.update(repeats=None), "['repeats']: "),
]


@pytest.mark.parametrize(("edit", "reason"), MANIFESTS)
def test_a_damaged_manifest(
    folder: Path, capsys: pytest.CaptureFixture[str], edit: Callable[[Any], object], reason: str
) -> None:
    """Whatever is wrong with it."""
    change(folder / "manifest.json", edit)
    for said in read(folder, capsys):
        assert f"evaluations: not the manifest of a run: {reason}" in said
        assert str(folder / "manifest.json") in said
        assert "do:    bring the file back" in said
    with pytest.raises(UsageError, match="without a sound manifest") as caught:
        go_on(folder)
    assert reason in caught.value.what
    assert (str(folder / "manifest.json"), "run into another folder") == (caught.value.where, caught.value.do)


@pytest.mark.parametrize("name", ["manifest", "summary"])
def test_a_torn_file(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """By the line where it breaks off; a summary is written anew by a run that goes on."""
    path = folder / f"{name}.json"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:4]))
    for said in read(folder, capsys):
        assert "not a JSON object: " in said
        assert f"{path}, line 4" in said
    if name == "summary":
        go_on(folder)
        assert json.loads(path.read_text())["complete"]
        return
    with pytest.raises(UsageError, match="without a sound manifest") as caught:
        go_on(folder)
    assert f"{path}, line 4" == caught.value.where


SUMMARIES: list[tuple[Callable[[Any], object], str]] = [
    (lambda fields: fields.pop("variants"), 'not the summary of a run: "variants" is a required property'),
    (lambda fields: fields["variants"].pop("v"), "the variants are not those of manifest.json"),
    (lambda fields: fields["variants"]["v"].update(verdict="good"), "['variants']['v']['verdict']: "),
    (lambda fields: fields["variants"]["v"].update(cutoffs=[{}]), "['variants']['v']['cutoffs'][0]: "),
]


@pytest.mark.parametrize(("edit", "reason"), SUMMARIES)
def test_a_damaged_summary(
    folder: Path, capsys: pytest.CaptureFixture[str], edit: Callable[[Any], object], reason: str
) -> None:
    """Whatever is wrong with it."""
    change(folder / "summary.json", edit)
    for said in read(folder, capsys):
        assert reason in said
        assert str(folder / "summary.json") in said


LINES: list[tuple[Callable[[Any], object], str]] = [
    (lambda fields: fields.pop("input"), "there is no 'input'"),
    (lambda fields: fields.update(index="1"), "['index']: "),
    (lambda fields: fields.update(variant=["v"]), "['variant']: "),
    (lambda fields: fields["scores"].update(exact_match="1"), "['scores']['exact_match']: "),
    (lambda fields: fields["errors"].update(exact_match={}), "['errors']['exact_match']: "),
    (lambda fields: fields.update(variant="other"), "the run has no variant 'other'"),
]


@pytest.mark.parametrize(("edit", "reason"), LINES)
def test_a_damaged_line(
    folder: Path, capsys: pytest.CaptureFixture[str], edit: Callable[[Any], object], reason: str
) -> None:
    """By its number, also where a run goes on: without the line its question is asked again."""
    path = folder / "results.jsonl"
    change(path, edit)
    (folder / "summary.json").unlink()
    for said in read(folder, capsys):
        assert f"not a line of results: {reason}" in said
        assert f"{path}, line 2" in said
        assert "do:    take the line out" in said
    with pytest.raises(UsageError, match=r"the line is (no whole result|a result of another run)") as caught:
        go_on(folder)
    assert f"{path}, line 2" == caught.value.where
    kept = path.read_text().splitlines(keepends=True)
    path.write_text("".join([kept[0], kept[2]]))
    go_on(folder)
    assert {"a", "b", "c"} == {json.loads(line)["id"] for line in path.read_text().splitlines()}


def test_scores_of_other_evaluators_are_not_counted(folder: Path) -> None:
    """A line that another evaluator scored is of another run."""
    change(folder / "results.jsonl", lambda fields: fields["scores"].update(other=1.0))
    with pytest.raises(UsageError, match="a result of another run") as caught:
        go_on(folder)
    assert caught.value.where.endswith("results.jsonl, line 2")


@pytest.mark.parametrize("text", [b"[" * 100_000, b"\xff\xfe\x00"])
def test_a_line_of_no_json(folder: Path, capsys: pytest.CaptureFixture[str], text: bytes) -> None:
    """Nested without end, or in no encoding."""
    path = folder / "results.jsonl"
    path.write_bytes(text + b"\n" + path.read_bytes())
    for said in read(folder, capsys):
        assert "not a line of results: " in said
        assert f"{path}, line 1" in said
    with pytest.raises(UsageError, match="no whole result"):
        go_on(folder)


def test_what_a_line_may_hold(folder: Path) -> None:
    """Fields of a later version, any input, and names that are no Unicode."""
    line = json.loads((folder / "results.jsonl").read_text().splitlines()[0])
    assert flaw(line, "result") is None
    for more in ({"later": 1}, {"input": {"\ud800": float("nan")}}, {"answer": "\ud800"}, {"\ud800": 1}):
        assert flaw({**line, **more}, "result") is None
    assert RESULT["additionalProperties"] is False
