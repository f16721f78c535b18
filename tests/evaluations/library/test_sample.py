"""The program that the type checker reads does what its types say."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from evaluations import Verdict
from tests.evaluations.conftest import Write, sums
from tests.evaluations.library import sample
from tests.servers.model import Model, ModelServer, grade


def test_the_sample_runs(tmp_path: Path, write: Write) -> None:
    """Whole; two datapoints decide nothing."""

    def answer(request: dict[str, Any]) -> str:
        return grade(request) if request["model"] == "judge" else Model().answer(request["messages"][-1]["content"])

    with ModelServer(script=answer) as server:
        found, shown = sample.run(server.url, tmp_path)
    assert Verdict.INCONCLUSIVE is found.summary.verdict
    assert 4 == len(shown)
    assert shown[-1].startswith("4 of 4, ")
    assert sample.interval(found) is not None
    comparison, power = sample.after(tmp_path)
    assert "exact_match" in comparison.pairing.metrics
    assert power.datapoints > 2
    assert (tmp_path / "run.html").exists()
    runs = asyncio.run(sample.several(str(write(*sums(3)))))
    assert [1, 1] == [run.summary.done for run in runs]
