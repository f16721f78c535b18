"""`evaluations run` with a judge and people's labels, whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluations.cli import main
from tests.evaluations.configurations import function, judge, model
from tests.evaluations.conftest import sums
from tests.servers.model import ModelServer, grade

CONFIG = f"""
{model("answers", "{answers}")}

{model("judges", "{judges}", "judge")}

{function("answers")}
{judge("right", "judges", "include.reference_output = true", 'labels = "labels.jsonl"')}

[evaluations.sums]
function_name = "sum"
dataset = "data.jsonl"
"""


def test_labels_and_the_judge_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People's word is the score, the judge is asked all the same, and a resumed run tells the same of both."""
    points = [{**point, "id": str(number)} for number, point in enumerate(sums(40))]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(point) + "\n" for point in points))
    # People say of every fourth answer that it is wrong, where the judge finds all of them right.
    labels = [{"id": str(n), "answer": str(n + 1), "label": n % 4 != 0} for n in range(20)]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(label) + "\n" for label in labels))
    with ModelServer() as answers, ModelServer(script=grade) as judges:
        config = tmp_path / "evaluations.toml"
        config.write_text(CONFIG.format(answers=answers.url, judges=judges.url))
        words = ["run", "--config", str(config), "--output", str(tmp_path / "run"), "--max-error-rate", "0"]
        assert main(words) == 0
        shown = capsys.readouterr().out
        first = json.loads((tmp_path / "run" / "summary.json").read_text())
        assert main([*words, "--resume"]) == 0
        again = json.loads((tmp_path / "run" / "summary.json").read_text())
        assert (40, 40) == (answers.requests, judges.requests)
    assert main(["export", str(tmp_path / "run"), "--to", "markdown"]) == 0
    assert "| agreement with people | kappa 0, " in capsys.readouterr().out
    score = first["variants"]["plain"]["scores"]["right"]
    assert (40, 0.875) == (score["count"], score["mean"])
    assert {"given": 20, "used": 20} == score["judges"]["labels"]
    assert (20, 15, 0.25) == tuple(score["judges"]["agreement"][name] for name in ("answers", "same", "bias"))
    assert "agreement with people on 20 answers: kappa 0.00" in shown
    for summary in (first, again):
        del summary["variants"]["plain"]["latency"]  # to the microsecond only
    assert first["variants"] == again["variants"]
