"""Exports of a run's folder."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from evaluations.errors import OutputError, UsageError
from evaluations.model import Answer, Datapoint, Failure, Rating, Result
from evaluations.results.exports import FORMATS, export
from evaluations.results.exports.origin import line_numbers
from evaluations.results.exports.spending import judges, spent
from tests.evaluations.results.samples import Change, sample

NASTY = (
    "</script><script>alert(1)</script><!--",
    "]]></failure><x>&amp;",
    "\x00\x01\x1b[31m\x7f\x85\ufffe\uffff",
    "\ud800 alone \udc00",
    '"quoted"\r\n, and\u2028 more',
    '=HYPERLINK("http://x")',
    "@someone #12 https://example.org www.example.org ![i](http://x/y.png) `a` | b **c** <img src=x> $x$",
    "::error::pretend%0A\n::warning file=x::y",
    "😀 ünïcode\u202e reversed",
)


def nasty(result: Result) -> Result:
    """Every text of others is one of these."""
    text = NASTY[result.index % len(NASTY)]
    point = Datapoint(f"{result.index}{text}", text, text, None, (text,))
    if isinstance(result.answer, Failure) or result.index % 4 == 3:
        failed = Failure("odd", text)
        return replace(result, datapoint=point, answer=failed, ratings=dict.fromkeys(result.ratings, failed))
    return replace(
        result,
        datapoint=point,
        answer=replace(result.answer, text=text, refusal=text),
        ratings={"correct": Rating(0.0, text), "similarity": Rating(0.25, text)},
    )


Make = Callable[..., Path]


@pytest.fixture
def exported(tmp_path: Path) -> Make:
    """Makes a run and exports it."""

    def make(form: str, count: int = 30, change: Change = lambda result: result, **more: object) -> Path:
        folder = sample(tmp_path / "run", count, change=change, **more)  # type: ignore[arg-type]
        export(folder, form, tmp_path / f"report.{form}")
        return tmp_path / f"report.{form}"

    return make


def lines(folder: Path) -> list[dict[str, object]]:
    """What the run wrote."""
    return [json.loads(line) for line in (folder / "run" / "results.jsonl").read_text().splitlines()]


def test_csv_has_every_result(exported: Make, tmp_path: Path) -> None:
    """Row by row, with what was scored, and why not."""
    with exported("csv", 300).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expected = lines(tmp_path)
    assert len(rows) == 300
    for row, line in zip(rows, expected, strict=True):
        assert (row["id"], row["answer"]) == (line["id"], line["answer"] or "")
        score = line["scores"]["correct"]  # type: ignore[index]
        assert row["score.correct"] == ("" if score is None else str(score))
        assert row["error.correct"].startswith("http_500: ") == bool(line["errors"])
        assert json.loads(row["tags"]) == line["tags"]
    assert any(row["error.correct"] for row in rows)


def test_csv_runs_nothing_in_a_spreadsheet(exported: Make) -> None:
    """What looks like a formula is text there; numbers stay numbers."""
    texts = ["=1+1", "-5", "+3", "-x", "@SUM(A1)", "\t=1", "1e-3", "plain"]

    def change(result: Result) -> Result:
        return replace(result, answer=Answer(texts[result.index]))

    with exported("csv", len(texts), change).open(newline="", encoding="utf-8") as file:
        answers = [row["answer"] for row in csv.DictReader(file)]
    assert ["'=1+1", "-5", "+3", "'-x", "'@SUM(A1)", "'\t=1", "1e-3", "plain"] == answers


def test_parquet_has_the_same_typed(exported: Make, tmp_path: Path) -> None:
    """Over more than one batch."""
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(exported("parquet", 1200))
    expected = lines(tmp_path)
    assert [line["answer"] for line in expected] == table["answer"].to_pylist()
    assert [line["scores"]["similarity"] for line in expected] == table["score.similarity"].to_pylist()  # type: ignore[index]
    types = {name: str(table.schema.field(name).type) for name in ("index", "cost", "cached", "score.correct")}
    assert {"index": "int64", "cost": "double", "cached": "bool", "score.correct": "double"} == types


def test_parquet_needs_its_package(exported: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says how to get it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match="needs the package pyarrow") as caught:
        exported("parquet", 1)
    assert "pip install 'model-evaluations[parquet]'" in caught.value.do


def test_junit_tells_failures_from_errors(exported: Make, tmp_path: Path) -> None:
    """With numbers that agree with the test cases, and the verdict on its own."""
    root = ET.parse(exported("junit", 300, cutoff=0.99)).getroot()
    verdict, results = root
    assert ("verdict", "1", "1") == tuple(verdict.attrib[name] for name in ("name", "tests", "failures"))
    assert "is below the cutoff 0.99" in verdict[0][0].attrib["message"]
    found = lines(tmp_path)
    errors = {line["id"] for line in found if line["errors"]}
    failures = {line["id"] for line in found if line["scores"]["correct"] == 0}  # type: ignore[index]
    assert errors == {case.attrib["name"] for case in results if case.find("error") is not None}
    assert failures == {case.attrib["name"] for case in results if case.find("failure") is not None}
    assert ("300", str(len(failures)), str(len(errors))) == tuple(
        results.attrib[name] for name in ("tests", "failures", "errors")
    )
    failed = next(case[0] for case in results if case.find("failure") is not None)
    assert "correct is 0: The judge finds a contradiction with the reference." == failed.attrib["message"]
    assert "answer: What is rather ordinary about" in str(failed.text)


def test_junit_names_repeats_apart(exported: Make) -> None:
    """And variants by their class."""
    results = ET.parse(exported("junit", 2, variants=("small", "large"), repeats=2)).getroot()[1]
    names = [(case.attrib["classname"], case.attrib["name"]) for case in results]
    assert len(set(names)) == len(names) == 8
    assert ("large", "fact-00002 #2") in names


@pytest.mark.parametrize("form", FORMATS)
def test_any_text_goes_into_every_format(exported: Make, form: str) -> None:
    """Also what UTF-8, XML or a terminal can't hold."""
    if form == "parquet":
        pytest.importorskip("pyarrow")
    path = exported(form, 4 * len(NASTY), nasty)
    if form == "junit":
        assert len(ET.parse(path).getroot()[1]) == 4 * len(NASTY)
    elif form == "csv":
        with path.open(newline="", encoding="utf-8") as file:
            assert len(list(csv.DictReader(file))) == 4 * len(NASTY)
    elif form != "parquet":
        assert path.read_text(encoding="utf-8")


def test_markdown_shows_text_as_text(exported: Make) -> None:
    """No mention, link, image or markup of others is left outside of code, and no table is broken."""
    text = exported("markdown", 4 * len(NASTY), nasty).read_text(encoding="utf-8")
    ours = re.sub(r"<code>[^<]*</code>", "", text)
    assert not re.search(r"[@`]|https?:|<(?!/?(details|summary)>)|someone", ours)
    for code in re.findall(r"<code>([^<]*)</code>", text):
        assert not re.search(r"[@`|*_\[\]<>$#:!~]|&(?!#\d+;)|www\.", re.sub(r"&#\d+;", "", code)), code
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {7, 4, 6, 9} == {row.count("|") for row in rows} | {4}


def test_markdown_has_what_a_reviewer_asks_for(exported: Make) -> None:
    """Verdict, scores with intervals, cutoffs, causes of errors, and the worst results."""
    text = exported("markdown", 300, cutoff=0.99).read_text(encoding="utf-8")
    assert text.startswith("## Evaluation: ❌ fail\n\n- <code>correct&#58; mean 0.8")
    for title in ("### Scores", "### Requirements", "### Cutoffs", "### Errors", "The worst results"):
        assert title in text
    assert re.search(
        r"\| <code>small</code> \| <code>correct</code> \| 0\.\d+ \| 0\.\d+ to 0\.\d+ \| \d+ \| \d+ \|", text
    )
    assert text.count("\n**<code>fact-") == 10


def test_markdown_has_what_the_run_took_and_how_reliable_it_is(exported: Make) -> None:
    """Seconds, latency, tokens, cost, and with repeats pass@k and pass^k."""
    text = exported("markdown", 60, repeats=3).read_text(encoding="utf-8")
    assert re.search(r": 180 of 180 results, \d with errors, in 12.345 s\.\n", text)
    assert "| variant | p50, s | p90, s | p95, s | p99, s | input tokens | output tokens | cost |\n" in text
    assert re.search(r"\| <code>small</code> (\| \d\.\d+ ){4}\| 7,\d{3} \| \d,\d{3} \| 0\.03\d+ \|\n", text)
    for name in ("pass&#64;3", "pass^3"):
        assert re.search(rf"<code>correct</code> <code>{re.escape(name)}</code> \| [01]\S* \| 0\.\d+ to [01]", text)


@pytest.mark.parametrize(("form", "most"), [("markdown", 10), ("github", 5)])
def test_a_datapoint_is_listed_once(exported: Make, form: str, most: int) -> None:
    """However often it was asked: the worst of its repeats, which is named, stands for all."""
    text = exported(form, 60, repeats=4, change=_all_wrong).read_text(encoding="utf-8")
    ids = re.findall(_LISTED, text)
    assert most == len(ids) == len(set(ids))
    assert most == len(re.findall(r"\(repeat [1-4] of 4\)", text))


@pytest.mark.parametrize("form", ["markdown", "github"])
def test_one_bad_answer_in_many_is_listed(exported: Make, form: str) -> None:
    """With which it was."""
    text = exported(form, 60, repeats=4, change=lambda result: _all_wrong(result, only=(7, 2))).read_text()
    assert ["fact-00008"] == re.findall(_LISTED, text)
    assert "(repeat 3 of 4)" in text


_LISTED = r"(?:\*\*<code>|datapoint )(fact-\d+)"


def _all_wrong(result: Result, only: tuple[int, int] | None = None) -> Result:
    bad = only is None or only == (result.index, result.repeat)
    ratings: dict[str, Rating | Failure] = {name: Rating(0.0 if bad else 1.0) for name in ("correct", "similarity")}
    return replace(result, answer=Answer("a"), ratings=ratings)


def _asking(points: list[dict[str, object]], folder: Path, text: str) -> Path:
    """A run of as many wrong answers on that data set."""

    def change(result: Result) -> Result:
        point = points[result.index]
        datapoint = Datapoint(str(point.get("id", result.index + 1)), point["input"], "r")
        return _all_wrong(replace(result, datapoint=datapoint))

    run = sample(folder / "run", len(points), change=change)
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["dataset"] |= {"name": "facts,1.jsonl", "sha256": hashlib.sha256(text.encode()).hexdigest()}
    (run / "manifest.json").write_text(json.dumps(manifest))
    return run


def test_annotations_stand_at_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file in the repository that the run read, and the line that asks: by its number or its id."""
    points: list[dict[str, object]] = [{"input": "q1"}, {"id": "b", "input": ["q2"]}, {"input": "q3"}]
    text = "".join(json.dumps(point) + "\n\n" for point in points)
    for place, point in zip((1, 3, 5), points, strict=True):
        point.setdefault("id", place)
    run = _asking(points, tmp_path, text)
    work = tmp_path / "work" / "deep"
    work.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(work.parent)], check=True)
    (work / "facts,1.jsonl").write_text(text)
    monkeypatch.chdir(work)

    def places() -> list[str]:
        export(run, "github", tmp_path / "out")
        return re.findall(r"^::warning (.*?)title=", (tmp_path / "out").read_text(), re.MULTILINE)

    assert [""] * 3 == places(), "git does not know it"
    subprocess.run(["git", "add", "."], check=True)
    assert [f"file=deep/facts%2C1.jsonl,line={number}," for number in (1, 3, 5)] == places()
    Path(os.fsdecode(os.fsencode(work) + b"/\xff")).touch()
    subprocess.run(["git", "add", "."], check=True)
    assert [""] * 3 != places(), "a name that is no UTF-8 is passed over"
    (work / "facts,1.jsonl").write_text(text + "\n")
    assert [""] * 3 == places(), "it is another file now"


def test_a_line_must_ask_what_was_asked(tmp_path: Path) -> None:
    """Ids of other columns may look like numbers of lines."""
    path = tmp_path / "data.jsonl"
    path.write_text('{"key": "2", "input": "a"}\nbroken\n["b"]\n{"id": null, "input": "c"}\n')
    asked = [{"id": "2", "input": "a"}, {"id": "1", "input": "x"}, {"id": "4", "input": "c"}]
    assert {"4": 4} == line_numbers(path, asked)
    assert {} == line_numbers(path.rename(tmp_path / "data.csv"), asked)


def test_markdown_says_how_far_judges_agree() -> None:
    """With people, and with each other; nothing where there is nothing to say."""
    agreement = {"answers": 20, "kappa": 0.5, "interval": [0.25, 0.75], "bias": -0.05}
    report = {"split": 3, "contradicted": 0, "ties": 1, "labels": None, "agreement": agreement}
    found = {"v": {"scores": {"right": {"judges": report}, "other": {}}}}
    assert [
        ["v", "right", "judges differ", "3 answers"],
        ["v", "right", "ties", "1 answer"],
        ["v", "right", "agreement with people", "kappa 0.5, 95 % interval 0.25 to 0.75, bias -0.05, 20 answers"],
    ] == list(judges(found, str))
    assert (["variant"], []) == spent(found, str)


def test_annotations_are_one_command_each(exported: Make) -> None:
    """Whatever a text says: a line that is not ours would be a command to GitHub."""
    text = exported("github", 4 * len(NASTY), nasty).read_text(encoding="utf-8")
    commands = text.splitlines()
    assert len(commands) == 6
    assert commands[0].startswith("::error title=evaluations%3A small%3A error::")
    for command in commands:
        assert re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*", command)
    assert "\r" not in text


@pytest.mark.parametrize(("cutoff", "level"), [(0.1, "notice"), (0.99, "error")])
def test_the_verdict_is_an_annotation(exported: Make, cutoff: float, level: str) -> None:
    """Of its own level."""
    assert exported("github", 300, cutoff=cutoff).read_text().startswith(f"::{level} title=evaluations%3A small%3A ")


@pytest.mark.parametrize("form", FORMATS)
def test_a_run_that_was_killed_can_be_exported(exported: Make, tmp_path: Path, form: str) -> None:
    """Without a verdict, and without the line that was being written."""
    if form == "parquet":
        pytest.importorskip("pyarrow")
    exported("csv", 5, end=False)
    with (tmp_path / "run" / "results.jsonl").open("a") as file:
        file.write('{"torn')
    out = tmp_path / "out"
    export(tmp_path / "run", form, out)
    expected = {"csv": "fact-00005", "junit": "has not ended", "markdown": "has not ended", "github": "has not ended"}
    assert expected.get(form, "").encode() in out.read_bytes()


_PEAK = """
import re, sys
from pathlib import Path
from evaluations.results.exports import export

export(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.parametrize("form", ["csv", "junit", "html"])
def test_memory_does_not_grow_with_the_results(tmp_path: Path, form: str) -> None:
    """Twenty megabytes of results more take less than three megabytes more."""
    folder = sample(tmp_path / "run", 20, change=lambda result: replace(result, answer=Answer("word " * 5000)))
    results, peaks = folder / "results.jsonl", []
    for times in (1, 40):
        results.write_text(results.read_text() * times)
        words = [sys.executable, "-c", _PEAK, str(folder), form, str(tmp_path / "out")]
        peaks.append(int(subprocess.run(words, check=True, capture_output=True, text=True).stdout))
    assert results.stat().st_size > 20_000_000
    assert peaks[1] - peaks[0] < 3_000, "kilobytes"


def test_nothing_half_written_is_left(exported: Make, tmp_path: Path) -> None:
    """A broken line in the middle, or a full disk: an earlier export stays as it was."""
    out = exported("csv", 3)
    before = out.read_bytes()
    with (tmp_path / "run" / "results.jsonl").open("a") as file:
        file.write("broken\n")
    with pytest.raises(UsageError, match="not a line of results") as caught:
        export(tmp_path / "run", "csv", out)
    assert caught.value.where.endswith("results.jsonl, line 4")
    (tmp_path / "run" / "results.jsonl").write_text("")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
        with pytest.raises(OutputError, match="File too large"):
            export(tmp_path / "run", "html", out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert before == out.read_bytes()
    assert {"run", out.name} == {path.name for path in tmp_path.iterdir()}


def test_formats_load_nothing_slow(tmp_path: Path) -> None:
    """Only Parquet needs pyarrow; nothing needs what asks models."""
    folder = sample(tmp_path / "run", 3)
    script = (
        "import sys; from pathlib import Path; from evaluations.results.exports import export;"
        "[export(Path(sys.argv[1]), form, Path(sys.argv[1], form)) for form in ('csv', 'junit', 'markdown', 'html')];"
        "print({'pyarrow', 'aiohttp', 'minijinja'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
