"""What every test of `evaluations` gets: no key, no proxy, and data sets and the words of a run made by one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.servers.model import ModelServer


class Write(Protocol):
    """Writes a data set and gives its path."""

    def __call__(self, *lines: dict[str, Any] | bytes) -> Path:
        """A line each; bytes go in as they are."""
        ...


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own key and proxies would change what is tested."""
    for name in ("OPENAI_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A data set in a file of this test."""

    def write(*lines: dict[str, Any] | bytes) -> Path:
        path = tmp_path / "data.jsonl"
        path.write_bytes(
            b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
        )
        return path

    return write


def sums(count: int) -> list[dict[str, Any]]:
    """So many datapoints that the model server knows the answers to."""
    return [{"input": f"What is {number} + 1?", "reference": str(number + 1)} for number in range(count)]


def run_words(server: ModelServer, dataset: Path | str, *more: str) -> list[str]:
    """Words of the command line for a run that asks that server."""
    return ["run", "--dataset", str(dataset), "--endpoint", server.url, "--model", "m", *more]
