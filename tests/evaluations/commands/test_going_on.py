"""`evaluations run --resume`: a run goes on with what it was made of, and with nothing else."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluations import ExactMatch, evaluate
from evaluations.cli import main
from evaluations.errors import UsageError
from evaluations.model import Answer, Datapoint
from tests.evaluations.configurations import function, model
from tests.evaluations.conftest import Write, run_words, sums
from tests.servers.model import Fault, ModelServer, grade

ANSWERS = model("answers", "{answers}") + '\ncost = [{{ pointer = "/usage/prompt_tokens", cost_per_unit = 1 }}]'
CONFIG = f"""
{ANSWERS}

{model("judges", "{judges}", "judge")}

[functions.sum]
type = "json"
output_schema = "answer.json"
[functions.sum.variants.plain]
type = "chat_completion"
model = "answers"
json_mode = "off"
user_template = "user.minijinja"
[functions.sum.evaluators.own]
type = "python"
function = "own_scores:own"
[functions.sum.evaluators.program]
type = "command"
command = ["python3", "program.py"]
[functions.sum.evaluators.schema]
type = "json_schema"
[functions.sum.evaluators.judged]
type = "llm_judge"
output_type = "boolean"
labels = "labels.jsonl"
include.reference_output = true
[functions.sum.evaluators.judged.variants.one]
type = "chat_completion"
model = "judges"
system_instructions = "instructions.txt"
[functions.sum.evaluators.better]
type = "pairwise_judge"
rubric = "The right number."
against = "others.jsonl"
[functions.sum.evaluators.better.variants.two]
type = "chat_completion"
model = "judges"

[evaluations.sums]
function_name = "sum"
dataset = "data.jsonl"
"""
PROGRAM = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"id": json.loads(line)["id"], "score": True}), flush=True)
"""
FILES = {
    "own_scores.py": "def own(datapoint, answer): return 1.0\n",
    "program.py": PROGRAM,
    "answer.json": '{"type": "integer"}',
    "labels.jsonl": '{"id": "0", "answer": "1", "label": true}\n',
    "instructions.txt": "The answer is the right number.",
    "others.jsonl": "".join(json.dumps({"id": str(number), "answer": "0"}) + "\n" for number in range(8)),
    "user.minijinja": "{% include 'part.minijinja' %}{{ user_text }}",
    "part.minijinja": "",
    "data.jsonl": "".join(json.dumps({**point, "id": str(n)}) + "\n" for n, point in enumerate(sums(8))),
}


@pytest.fixture
def begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """The words of a run of all kinds of evaluators that has ended, in `run`."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    with ModelServer() as answers, ModelServer(script=grade) as judges:
        (tmp_path / "evaluations.toml").write_text(CONFIG.format(answers=answers.url, judges=judges.url))
        words = ["run", "--config", str(tmp_path), "--output", str(tmp_path / "run")]
        assert main(words) == 0, capsys.readouterr()
        capsys.readouterr()
        yield [*words, "--resume"]
    sys.path.remove(str(tmp_path))
    del sys.modules["own_scores"]


def resumed(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the refusal says."""
    assert main(words) == 2
    return capsys.readouterr().err


def test_a_run_that_is_the_same_goes_on(begun: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every evaluator is the same again."""
    assert main(begun) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "difference"),
    [
        ("own_scores.py", "def own(datapoint, answer): return 0.5\n", "evaluators[0].identity.sha256"),
        ("program.py", PROGRAM.replace("True", "False"), "evaluators[1].identity.files.program.py"),
        ("answer.json", '{"type": "number"}', "evaluators[2].identity.schema_sha256"),
        ("labels.jsonl", '{"id": "0", "answer": "1", "label": false}\n', "evaluators[3].identity.labels_sha256"),
        ("instructions.txt", "Be strict.", "evaluators[3].identity.judges[0].rubric_sha256"),
        ("others.jsonl", FILES["others.jsonl"].replace('"0"}', '"7"}'), "evaluators[4].identity.against.sha256"),
        ("user.minijinja", "{{ user_text }}", "variants.plain.prompt.files.user.minijinja"),
        ("part.minijinja", "Please: ", "variants.plain.prompt.files.part.minijinja"),
        ("data.jsonl", FILES["data.jsonl"].replace('"8"', '"9"'), "dataset.datapoints_sha256"),
    ],
)
def test_another_file_is_another_run(
    *, begun: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, difference: str
) -> None:
    """Scores of different judges, sources, labels or schemas are never mixed; what differs is named."""
    assert text != FILES[name]
    (tmp_path / name).write_text(text)
    before = (tmp_path / "run" / "results.jsonl").read_bytes()
    assert f"{difference} was " in resumed(begun, capsys)
    assert before == (tmp_path / "run" / "results.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ('"arithmetic"', '"other"', 'variants.plain.model was "arithmetic" and is now "other"'),
        ('model_name = "judge"', 'model_name = "j"', "evaluators[3].identity.judges[0].target.model"),
        (
            'model = "judges"',
            'model = "judges"\ntemperature = 1',
            "judges[0].target.settings.temperature was not there",
        ),
        ("The right number.", "The shortest.", "evaluators[4].identity.judges[0].rubric_sha256"),
        ("cost_per_unit = 1", "cost_per_unit = 2", "variants.plain.prices[0].rate was 1.0 and is now 2.0"),
    ],
)
def test_another_setting_is_another_run(
    *, begun: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, difference: str
) -> None:
    """By its own name, and not as the configuration's digest alone."""
    path = tmp_path / "evaluations.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert difference in resumed(begun, capsys)


def test_what_changes_no_answer_may_differ_in_the_configuration(
    begun: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cutoffs, budgets, limits, retries and comments; the manifest has the configuration of now, and what it was."""
    path, folder = tmp_path / "evaluations.toml", tmp_path / "run"
    before = json.loads((folder / "manifest.json").read_text())["configuration"]
    more = "# raised\nmax_seconds = 1000\ncutoffs = { schema = 0.0 }\ntimeout = 30\nconcurrency = 3\n"
    template = 'user_template = "user.minijinja"'
    text = path.read_text().replace(template, f"{template}\nretries.num_retries = 1")
    path.write_text(text + more)
    cut(folder, 4)
    assert main(begun) == 0, capsys.readouterr().err
    manifest = json.loads((folder / "manifest.json").read_text())
    assert before == manifest["resumed"][0]["configuration"] != manifest["configuration"]
    assert 1000 == manifest["requirements"]["max_seconds"]


TIMED = f"""
{ANSWERS}
timeouts.non_streaming.total_ms = {{limit}}
{function("answers")}
retries.num_retries = 0
[functions.sum.evaluators.right]
type = "exact_match"
[evaluations.sums]
function_name = "sum"
timeout = 0.1
dataset = "data.jsonl"
"""


@pytest.mark.parametrize(("limit", "more", "seconds"), [("60_000", ["--timeout", "0.2"], "0.2"), ("300", [], "0.3")])
def test_the_command_line_has_the_last_word_on_time(
    *, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], limit: str, more: list[str], seconds: str
) -> None:
    """A longer limit of the provider does not go before it; that of the evaluation gives way to the provider's."""
    write(*sums(1)).rename(tmp_path / "data.jsonl")
    with ModelServer(faults=[Fault("hang")]) as server:
        (tmp_path / "evaluations.toml").write_text(TIMED.format(answers=server.url, limit=limit))
        assert main(["run", "--config", str(tmp_path), "--format", "jsonl", *more]) == 3
    assert f"within {seconds} s" in capsys.readouterr().out


def cut(folder: Path, lines: int) -> None:
    """As a kill would have left it."""
    results = folder / "results.jsonl"
    results.write_text("".join(results.read_text().splitlines(keepends=True)[:lines]))
    (folder / "summary.json").unlink()


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [
        (
            ["--sample", "10", "--seed", "1"],
            ["--sample", "10", "--seed", "3"],
            "dataset.selection.seed was 1 and is now 3",
        ),
        (["--sample", "10"], ["--slice", "0:10"], 'dataset.selection.slice was null and is now "0:10"'),
        (["--slice", "0:10"], ["--slice", "10:20"], 'dataset.selection.slice was "0:10" and is now "10:20"'),
        (["--tag", "a"], ["--tag", "b"], 'dataset.selection.tags.include[0] was "a" and is now "b"'),
    ],
)
def test_other_datapoints_are_another_run(
    *,
    write: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    first: list[str],
    second: list[str],
    difference: str,
) -> None:
    """Of the same file, and as many of them: the same words go on, and others are refused before the first request."""
    path = write(*({**point, "tags": ["ab"[n % 2]]} for n, point in enumerate(sums(40))))
    with ModelServer() as server:
        words = run_words(server, path, "--output", str(tmp_path / "run"))
        assert main([*words, *first]) == 0
        cut(tmp_path / "run", 4)
        asked = server.requests
        said = resumed([*words, *second, "--resume"], capsys)
        assert server.requests == asked
        assert difference in said
        assert "dataset.datapoints_sha256 was " in said
        assert main([*words, *first, "--resume"]) == 0


def test_what_is_made_of_the_results_may_differ(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cutoffs, limits and budgets; the manifest has those of now, and tells what they were before."""
    folder = tmp_path / "run"
    with ModelServer() as server:
        words = run_words(server, write(*sums(10)), "--output", str(folder))
        assert main([*words, "--cutoff", "exact_match=0.9", "--max-seconds", "60"]) == 0
        assert main([*words, "--cutoff", "exact_match=0.5", "--min-coverage", "1", "--resume"]) == 0
    manifest = json.loads((folder / "manifest.json").read_text())
    now, before = manifest["requirements"], manifest["resumed"][0]["requirements"]
    assert ({"exact_match": 0.5}, 1.0, None) == (now["cutoffs"], now["min_coverage"], now["max_seconds"])
    assert ({"exact_match": 0.9}, None, 60) == (before["cutoffs"], before["min_coverage"], before["max_seconds"])


def test_a_run_that_was_decided_asks_nothing_more(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Going on finds the decision in what is there: no request, the same results, the same verdict."""
    folder = tmp_path / "run"
    with ModelServer() as server:
        words = run_words(server, write(*sums(1000)), "--gate", "sequential", "--stop-when-decided")
        words += ["--cutoff", "exact_match=0.5", "--output", str(folder)]
        assert main(words) == 0
        asked, results = _settled(server), (folder / "results.jsonl").read_bytes()
        said = capsys.readouterr().out.partition("latency")[2].partition("\n")[2]
        assert main([*words, "--resume"]) == 0
        assert (asked, results) == (_settled(server), (folder / "results.jsonl").read_bytes())
    assert capsys.readouterr().out.endswith(said)
    assert "decided" == json.loads((folder / "summary.json").read_text())["ending"]


def _settled(server: ModelServer) -> int:
    """Its requests, once those that were given up on the other side have been counted too."""
    before = -1
    while before != server.requests:
        before = server.requests
        time.sleep(0.3)
    return before


def shout(question: str) -> str:
    """A model."""
    return question.upper()


def bounded(bound: float) -> Callable[[Datapoint, Answer], float]:
    """An evaluator of its own for each bound."""
    return lambda _datapoint, answer: float(len(answer.text or "") > bound)


RECORDS = [{"input": "a", "reference": "A"}]


def test_scores_of_another_lambda_are_not_mixed(tmp_path: Path) -> None:
    """Though both have one name and one source: what they hold tells them apart."""

    def run(bound: float, *, resume: bool = True) -> Any:
        return evaluate(RECORDS, {"v": shout}, {"long": bounded(bound)}, output=tmp_path / "run", resume=resume)

    run(1, resume=False)
    run(1)
    with pytest.raises(UsageError, match=r"evaluators\[0\].identity.code was "):
        run(2)


def test_an_evaluator_of_ones_own_is_known_by_its_source(tmp_path: Path) -> None:
    """Its class and the digest of its module stand in the manifest, and that its settings are unknown."""

    class Mine(ExactMatch, frozen=True):
        """Exact match with another name."""

    evaluate(RECORDS, {"v": shout}, [Mine()], output=tmp_path / "run")
    (evaluator,) = json.loads((tmp_path / "run" / "manifest.json").read_text())["evaluators"]
    identity = evaluator["identity"]
    assert identity["class"].endswith("<locals>.Mine")
    assert 64 == len(identity["sha256"])
    assert "auto" == identity["compare"]
