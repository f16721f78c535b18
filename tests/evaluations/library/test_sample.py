"""The program that the type checker reads does what its types say."""

from __future__ import annotations

import asyncio
from pathlib import Path

from evaluations import Verdict
from tests.evaluations.conftest import Write, sums
from tests.evaluations.library import sample
from tests.servers.model import ModelServer, grade


def test_the_sample_runs(tmp_path: Path, write: Write) -> None:
    """Whole; two datapoints decide nothing."""
    with ModelServer(script=lambda request: grade(request) if len(request["messages"]) > 1 else None) as server:
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
