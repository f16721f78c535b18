"""SIGKILL at random moments in `evaluations run`: with --resume nothing is lost, scored twice, or asked in vain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.servers.model import ModelServer

pytestmark = pytest.mark.torture

_COUNT, _KILLS, _AT_ONCE = 5000, 50, 64
_LONGEST = 60.0


class _Run:
    """A run that is started again and again."""

    def __init__(self, folder: Path, server: ModelServer) -> None:
        self.output = folder / "run"
        self.results = self.output / "results.jsonl"
        self._folder = folder
        self._server = server
        data = folder / "data.jsonl"
        data.write_text(
            "".join(
                json.dumps({"id": f"q{number}", "input": f"What is {number} + 1?", "reference": str(number + 1)}) + "\n"
                for number in range(_COUNT)
            )
        )
        self._words = ["run", "--dataset", str(data), "--endpoint", server.url, "--model", "m", "--format", "jsonl"]
        self._words += ["--concurrency", str(_AT_ONCE), "--inference-cache", "off", "--output", str(self.output)]

    def start(self) -> subprocess.Popen[bytes]:
        """From where it is."""
        return subprocess.Popen(
            [sys.executable, "-m", "evaluations", *self._words, *(["--resume"] if self.output.exists() else [])],
            env={**os.environ, "XDG_CACHE_HOME": str(self._folder / "cache")},
            cwd=Path(__file__).resolve().parents[2],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def kill(self, random: Random) -> None:
        """Somewhere before the end: at one in five while it starts, else after up to 150 more answers."""
        process = self.start()
        if random.random() < 0.2:
            time.sleep(random.uniform(0, 1.0))
        else:
            wanted, late = self._server.requests + random.randrange(150), time.monotonic() + _LONGEST
            while self._server.requests < wanted and process.poll() is None and time.monotonic() < late:
                time.sleep(0.001)
            time.sleep(random.uniform(0, 0.02))
        process.kill()
        process.communicate()

    def whole_lines(self) -> list[dict[str, Any]]:
        """What the file has, without what the kill tore."""
        if not self.results.exists():
            return []
        text = self.results.read_bytes()
        return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]


def test_killed_evaluations(tmp_path: Path, random: Random, figures: list[str]) -> None:
    """Fifty kills in a run of five thousand, with a server that counts."""
    begun, again = time.monotonic(), 0
    with ModelServer(latency=0.02) as server:
        run = _Run(tmp_path, server)
        done = 0
        for _ in range(_KILLS):
            asked, known = server.requests, done
            run.kill(random)
            time.sleep(0.05)  # what was sent before the kill may still be on its way
            done = len(run.whole_lines())
            in_vain = server.requests - asked - (done - known)
            assert 0 <= in_vain <= _AT_ONCE
            again += in_vain
        process = run.start()
        _output, errors = process.communicate()
        assert (0, b"") == (process.returncode, errors)
        lines = run.whole_lines()
        assert Counter(f"q{number}" for number in range(_COUNT)) == Counter(line["id"] for line in lines)
        assert {1.0} == {line["scores"]["exact_match"] for line in lines}
        assert _COUNT + again == server.requests
        assert _COUNT == len(server.attempts)
    summary = json.loads((run.output / "summary.json").read_text())
    score = next(iter(summary["variants"].values()))["scores"]["exact_match"]
    assert (_COUNT, 1.0) == (score["count"], score["mean"])
    seconds = time.monotonic() - begun
    figures.append(f"killed evaluations: {_KILLS} kills, {again} of {_COUNT} asked again, in {seconds:.0f} s")
