"""`evaluate_config`: the evaluations of a configuration file, from a program."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evaluations import (
    Datapoint,
    DatasetSpec,
    Evaluated,
    EvaluationsError,
    Gate,
    evaluate_config,
    evaluate_config_async,
    open_dataset,
)
from evaluations.cli import main
from evaluations.library.configured import wanted
from evaluations.planning.remote import RemoteCrew
from evaluations.running.cache import FILE
from tests.evaluations.configurations import function, judge, model
from tests.evaluations.conftest import sums
from tests.servers.model import ModelServer, grade

CONFIG = f"""
{model("local", "{url}")}

{model("judges", "{judge}", "judge")}

{function("local")}
[functions.sum.variants.cold]
type = "chat_completion"
model = "local"
temperature = 0.0
[functions.sum.evaluators.right]
type = "exact_match"
{judge("judged", "judges")}

[evaluations.sums]
function_name = "sum"
dataset = "data.jsonl"
[evaluations.sums.cutoffs]
right = 0.5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """That of the configuration; the addresses are still missing."""
    points = [{**point, "id": f"d{number}"} for number, point in enumerate(sums(20))]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(point) + "\n" for point in points))
    (tmp_path / "evaluations.toml").write_text(CONFIG.format(url="http://127.0.0.1:9", judge="http://127.0.0.1:9"))
    return tmp_path


def _run(folder: Path, *names: str, **options: Any) -> Evaluated:
    with ModelServer(wrong=0.3) as server, ModelServer(script=grade) as judge:
        (folder / "evaluations.toml").write_text(CONFIG.format(url=server.url, judge=judge.url))
        return evaluate_config(folder, *names, **options)


def _found(summary: Any) -> Any:
    for variant in summary["variants"].values():
        del variant["latency"]
    return summary["variants"]


def test_the_same_results_as_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To the number, judges included, and nothing is printed; an event loop may be the caller's."""
    with ModelServer(wrong=0.3) as server, ModelServer(script=grade) as judge:
        (folder / "evaluations.toml").write_text(CONFIG.format(url=server.url, judge=judge.url))
        ours = asyncio.run(evaluate_config_async(folder / "evaluations.toml", "sums"))
        assert ("", "") == tuple(capsys.readouterr())
        code = main(["run", "sums", "--config", str(folder / "evaluations.toml"), "--format", "jsonl"])
    theirs = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert code == ours.summary.exit_code
    assert _found(theirs) == _found(ours.summary.to_json())
    assert {"plain", "cold"} == set(ours.summary.variants)
    assert 40 == len(ours.results)


def test_options_go_before_what_the_file_says(folder: Path) -> None:
    """Cutoffs are added to those of the file."""
    options: dict[str, Any] = {"cutoffs": {"judged": 0.9}, "gate": Gate.BOUND, "repeats": 2, "seed": 3}
    run = _run(folder, variants=["plain"], sample=10, output=folder / "run", **options)
    assert ["plain"] == list(run.summary.variants)
    assert (20, Gate.BOUND) == (run.summary.done, run.summary.gate)
    assert {"right", "judged"} == {cutoff.metric for cutoff, _decision in run.summary.variants["plain"].cutoffs}
    manifest = json.loads((folder / "run" / "manifest.json").read_text())
    assert "evaluations.toml" == manifest["configuration"]["name"]


@pytest.mark.parametrize("form", ["path", "spec", "open", "records", "datapoints"])
def test_another_data_set(form: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path as seen from here, a specification, an open data set, records or datapoints."""
    monkeypatch.chdir(folder.parent)
    path = folder.parent / "other.jsonl"
    path.write_text("".join(json.dumps(point) + "\n" for point in sums(3)))
    with open_dataset("other.jsonl") as data:
        points = [Datapoint(str(n), point["input"], point["reference"]) for n, point in enumerate(sums(3))]
        given: Any = {
            "path": "other.jsonl",
            "spec": DatasetSpec(path="other.jsonl"),
            "open": data,
            "records": iter(sums(3)),
            "datapoints": points,
        }[form]
        run = _run(folder, "sums", dataset=given, variants=["plain"])
    assert [point["input"] for point in sums(3)] == sorted(result.datapoint.input for result in run.results)


TABLE = """
[functions.sum.evaluators.right]
type = "exact_match"
[evaluations.sums]
function_name = "sum"
max_error_rate = 1.0
[evaluations.sums.dataset]
path = "data.jsonl"
format = "jsonl"
sample = 3
columns.input = "question"
tags.exclude = ["even"]
"""
ROWS = [
    {"id": f"d{n}", "question": f"What is {n} + 1?", "reference": str(n + 1), "tags": "even"} for n in range(0, 9, 2)
]
ROWS += [{**row, "id": f"o{row['id']}", "tags": "odd"} for row in ROWS]
LINES = [json.dumps(row) for row in ROWS]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("other.csv", "\n".join(map(",".join, [ROWS[0], *(row.values() for row in ROWS)]))),
        ("other.JSON", f"[{','.join(LINES)}]"),
        ("other", "\n".join(LINES)),
    ],
)
def test_another_file_is_read_as_the_configuration_says(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the file is another: tags, sample and columns stay, and the format, unless the file's name says one."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path(name).write_text(text)
    with ModelServer() as server:
        config = tmp_path / "evaluations.toml"
        config.write_text(f"{model('local', server.url)}\n{function('local')}\n{TABLE}")
        run = evaluate_config(config, dataset=name)
        assert main(["run", "--config", str(config), "--dataset", name, "--format", "jsonl"]) == 0
    asked = [result.datapoint.id for result in run.results]
    assert (3, "o") == (len(asked), "".join({each[0] for each in asked}))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(asked) == sorted(line["id"] for line in lines if "id" in line)


@pytest.mark.parametrize(
    ("names", "options", "what"),
    [
        (["sum"], {}, 'there is no evaluation "sum"'),
        ([], {"variants": ["plane"]}, 'there is no variant "plane"'),
        ([], {"variants": "plain"}, "'plain' is no list of names"),
        ([], {"tags": [5]}, "[5] is no list of names"),
        ([], {"cutoffs": {"rigth": 0.5}}, "no metric 'rigth' in this run"),
        ([], {"concurrency": 0}, "expected integer >= 1"),
        ([], {"sample": 0}, "expected integer >= 1"),
        ([], {"slice": "first"}, ""),
        ([], {"dataset": [], "sample": 5}, "sample, slice and tags are for data sets in files"),
        ([], {"dataset": DatasetSpec(path="x", sample=0)}, "expected integer >= 1"),
        ([], {"executor": "rai"}, "there is no executor 'rai'"),
        ([], {"workers": 0}, "0 is no number of workers"),
        ([], {"workers": 2}, "only Ray has workers"),
        ([], {"executor": "ray", "dataset": []}, "workers can't read what this process holds"),
        ([], {"retries": None}, "there is no option retries"),
        ([], {"resume": True}, "there is no run to go on with"),
    ],
)
def test_what_is_refused(names: list[str], options: dict[str, Any], what: str, folder: Path) -> None:
    """With what to do, before the first question."""
    with pytest.raises(EvaluationsError) as caught:
        evaluate_config(folder, *names, **options)
    assert what == caught.value.what[: len(what)]
    assert caught.value.do
    assert "command" not in str(caught.value)


def test_a_mistake_in_the_file_has_its_line(folder: Path) -> None:
    """As for the command."""
    path = folder / "evaluations.toml"
    path.write_text(path.read_text() + "judgde = 0.5\n")
    with pytest.raises(EvaluationsError) as caught:
        evaluate_config(path)
    assert f"{path}, line 42: evaluations.sums.cutoffs.judgde" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ((5,), "a int is no configuration"),
        ((b"evaluations.toml",), "a bytes is no configuration"),
        ((None, 5), "a int is no evaluation's name"),
    ],
)
def test_what_is_no_path_and_no_name(given: Any, what: str) -> None:
    """Is refused, too."""
    with pytest.raises(EvaluationsError, match=what):
        evaluate_config(*given)


def test_a_function_without_data_wants_some(folder: Path) -> None:
    """In words that are no command line's."""
    path = folder / "evaluations.toml"
    path.write_text(path.read_text().replace('dataset = "data.jsonl"\n', ""))
    with pytest.raises(EvaluationsError) as caught:
        evaluate_config(path)
    assert "add `dataset`, or give one to this run" == caught.value.do


def test_a_cluster_is_joined_for_data_that_are_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Joining takes seconds, and may begin a cluster; without Ray its turn is never reached."""
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    (folder / "data.jsonl").write_text('{"input": "?"}\n')
    with pytest.raises(EvaluationsError, match='"reference" is missing'):
        evaluate_config(folder, executor="ray")


@pytest.mark.torture
def test_a_worker_keeps_answers_where_the_run_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folder as it is seen from the program, not in the user's own."""
    monkeypatch.chdir(folder)
    what = wanted(".", None, {}, {"inference_cache": "on"})
    crew = RemoteCrew.of_wanted(what, Path("kept"))
    monkeypatch.chdir("/")

    async def work() -> None:
        async with crew(4) as made:
            await made.asks["plain"](Datapoint("1", "What is 1 + 1?"), 0)

    asyncio.run(work())
    assert (folder / "kept" / FILE).exists()


@pytest.mark.torture
@pytest.mark.filterwarnings("ignore")
def test_over_a_cluster(folder: Path) -> None:
    """Two workers give the results of one process, and keep answers where they are told to."""
    pytest.importorskip("ray")
    kept = folder / "kept"
    here, there = (_run(folder, executor=executor) for executor in ("asyncio", "ray"))
    assert _found(here.summary.to_json()) == _found(there.summary.to_json())
    _run(folder, executor="ray", inference_cache="on", cache_folder=kept)
    with closing(sqlite3.connect(kept / FILE)) as database:
        assert database.execute("SELECT count(*) FROM answers").fetchone()[0] > 40
