"""`evaluations check`: sound or not, before anybody is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluations.cli import main
from evaluations.config import example
from tests.evaluations.config.test_reading import TENSORZERO
from tests.servers.model import ModelServer


def _example(folder: Path, endpoint: str = "http://127.0.0.1:1/v1") -> Path:
    for name, text in example.files(endpoint, "arithmetic").items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder / "evaluations.toml"


def test_what_was_found_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Functions, variants, evaluators, cutoffs, datapoints and requests; nobody is asked."""
    with ModelServer() as server:
        path = _example(tmp_path, server.url)
        assert 0 == main(["check", str(path)])
        assert 0 == server.requests
    assert (
        "function calculate: variants program, terse, plain; evaluators correct, only_a_number\n"
        "evaluation arithmetic: variant terse; evaluators correct, only_a_number; cutoff correct; "
        f"20 datapoints in {tmp_path}/data/questions.jsonl, 20 requests\n"
        f"{path} is sound\n"
    ) == capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    assert 0 == main(["check"])
    assert "evaluations.toml is sound\n" in capsys.readouterr().out


def test_requests_of_judges_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One for each judge of an answer, and two of a pairwise one, at most; a judge that is not active has none."""
    path = _example(tmp_path)
    own = '{ type = "chat_completion", model = "openai::judge", active = true }'
    idle = own.replace("true", "false")
    more = f"""
[functions.calculate.evaluators.judged]
type = "llm_judge"
output_type = "boolean"
rubric = "Is it right?"
judges = ["calculate::plain"]
variants = {{ own = {own}, idle = {idle} }}
[functions.calculate.evaluators.better]
type = "pairwise_judge"
rubric = "The right number."
judges = ["calculate::plain"]
[evaluations.judged]
function_name = "calculate"
variants = ["terse", "plain"]
repeats = 2
dataset = "data/questions.jsonl"
"""
    path.write_text(path.read_text() + more)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert 0 == main(["check", str(path)]), capsys.readouterr().err
    assert "80 requests, with judges up to 400\n" in capsys.readouterr().out


def test_data_must_fit_every_variant_and_evaluator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the line of the data set."""
    path = _example(tmp_path)
    data = tmp_path / "data" / "questions.jsonl"
    data.write_text(data.read_text() + '{"input": {"left": 1, "right": 2}, "reference": "3"}\n')
    assert 2 == main(["check", str(path)])
    error = capsys.readouterr().err
    assert "variant terse: " in error
    assert "operation" in error
    assert f"  where: {data}, line 21\n" in error


def test_problems_of_all_parts_are_said_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the configuration, of what is made of it, and of data sets; nothing is printed as sound."""
    path = _example(tmp_path)
    more = """
[functions.calculate.evaluators.nothing]
type = "regex"
[evaluations.missing]
function_name = "calculate"
dataset = "data/missing.jsonl"
evaluator_names = ["correct"]
[evaluations.cutoff]
function_name = "calculate"
evaluator_names = ["correct"]
cutoffs = { corect = 0.5 }
"""
    path.write_text(path.read_text() + more)
    assert 2 == main(["check", str(path)])
    captured = capsys.readouterr()
    assert "" == captured.out
    assert captured.err.startswith("evaluations: 3 problems\n")
    assert [1, 1, 1] == [
        captured.err.count(text) for text in ("neither must_match", "missing.jsonl", "no metric 'corect'")
    ]


def test_a_cutoff_of_the_command_line_is_no_line_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is looked for where it was said."""
    path = _example(tmp_path)
    assert 2 == main(["run", "--config", str(path), "--cutoff", "corect=0.5"])
    assert capsys.readouterr().err == (
        "evaluations: no metric 'corect' in this run\n  where: cutoff corect=0.5\n  do:    give a cutoff for correct\n"
    )
    path.write_text(path.read_text().replace("correct = 0.8", "corect = 0.8"))
    assert 2 == main(["run", "--config", str(path), "--cutoff", "only_a_number=2"])
    said = capsys.readouterr().err
    assert "where: cutoff only_a_number=2\n" in said
    assert f"where: {path}, line" in said


def test_a_tensorzero_file_is_checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A key is needed for what an evaluation asks."""
    assert 2 == main(["check", str(TENSORZERO)])
    assert "the environment has no variable OPENAI_API_KEY" in capsys.readouterr().err
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert 0 == main(["check", str(TENSORZERO)])
    captured = capsys.readouterr()
    assert "function draft: variant plain; evaluators exact, polite, searches, judged\n" in captured.out
    assert "evaluation extraction: variants strict, shorthand; evaluator same; no data set\n" in captured.out
    assert "sk-secret" not in captured.out + captured.err


def test_a_data_set_in_a_gateway_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Since a check asks nobody."""
    path = _example(tmp_path)
    gateway = 'dataset = { gateway = { url = "http://127.0.0.1:1", dataset_name = "d" } }'
    path.write_text(path.read_text().replace('dataset = "data/questions.jsonl"', gateway))
    assert 0 == main(["check", str(path)])
    assert "the data set in the gateway was not looked at\n" in capsys.readouterr().out
