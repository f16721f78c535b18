"""Proves that development, test and production give the same results: `python -m tests.same WHEEL LAYOUT`.

One small evaluation against the model server of the smoke test: by the source tree in the Python that runs this, by
the wheel in a new environment, and in the image of the OCI layout. All that it says must be equal, times left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from release.building.environments import create
from release.images.run import command
from release.oci.layout import Layout
from release.oci.unpack import unpack
from tests.servers.model import MODEL, ModelServer

ROOT = Path(__file__).resolve().parents[1]
_OPTIONS = (
    "--evaluator=exact_match", "--evaluator=similarity", "--evaluator=numeric", "--cutoff=exact_match=0.5",
    "--cutoff=similarity=0.9", "--gate=bound", "--repeats=2", "--sample=30", "--seed=7",
    "--format=jsonl", "--dataset=-",
)  # fmt: skip
_TIMES = {"seconds", "latency"}
_TIMEOUT = 60.0


class DifferentError(Exception):
    """Two of them do not say the same."""


def main(argv: Sequence[str]) -> int:
    """Run all three; 0 where they agree, 1 with the first difference, 2 for wrong arguments."""
    if len(argv) != 2:
        sys.stderr.write("usage: python -m tests.same WHEEL LAYOUT\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        programs = {
            "the source tree": [sys.executable, "-m", "evaluations"],
            "the wheel in a new environment": _installed(Path(argv[0]), Path(folder, "environment")),
            "the image": _unpacked(Path(argv[1]), Path(folder, "rootfs")),
        }
        try:
            count = compare(programs)
        except DifferentError as error:
            sys.stdout.write(f"not the same: {error}\n")
            return 1
    sys.stdout.write(f"ok: {', '.join(programs)} say the same in {count} lines\n")
    return 0


def compare(programs: Mapping[str, Sequence[str]]) -> int:
    """Run each program, and return the lines that each of them said; DifferentError where two differ."""
    with ModelServer(wrong=0.3) as server:
        said = {name: results([*words, "run", *_OPTIONS, "--endpoint", server.url]) for name, words in programs.items()}
    first, *others = said
    for other in others:
        for one, two in zip_longest(said[first], said[other]):
            if one != two:
                raise DifferentError(f"{first} has {json.dumps(one)}\n{other} has {json.dumps(two)}")
    if len(said[first]) < 2:
        raise DifferentError(f"they say next to nothing, so this proves nothing: {said[first]}")
    return len(said[first])


def results(words: Sequence[str]) -> list[Any]:
    """Each line that the program prints, without times; the exit code comes last. Datapoints are in order."""
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    environment |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    data = (ROOT / "tests" / "data" / "arithmetic.jsonl").read_bytes()
    argv = [*words, "--model", MODEL]
    done = subprocess.run(
        argv, input=data, capture_output=True, timeout=_TIMEOUT, cwd=ROOT, env=environment, check=False
    )
    try:
        lines = [_timeless(json.loads(line)) for line in done.stdout.splitlines()]
    except ValueError:
        raise DifferentError(f"{argv} printed no JSON Lines:\n{done.stdout.decode()}{done.stderr.decode()}") from None
    lines.sort(key=lambda line: (line["type"], line.get("index", 0), line.get("repeat", 0)))
    return [*lines, {"exit code": done.returncode}]


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key not in _TIMES}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


def _installed(wheel: Path, folder: Path) -> list[str]:
    python = create(folder, ROOT / "requirements" / "runtime.txt", wheel=wheel)
    return [str(python.parent / "evaluations")]


def _unpacked(layout: Path, rootfs: Path) -> list[str]:
    (digest,) = {entry.digest for entry in Layout(layout).names().values()}
    return command(rootfs, unpack(layout, digest, rootfs).config)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
