"""The benchmarks: `python benchmarks/run.py [--json FILE]` prints one table; docs/benchmarks.md says what is in it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.remove(str(Path(__file__).resolve().parent))

from benchmarks import going_back, images, records, registry, whole
from benchmarks.measure import Figure, table
from benchmarks.runners import run as runners


def main() -> int:
    """Measure, print, and return 0, also where a goal is missed: a busy machine is no failure."""
    parser = argparse.ArgumentParser(description="Measures the engine side by side with the same tools without it.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value here too")
    parser.add_argument(
        "--runs", type=int, default=3, help="how often each thing is done, fewer on a busy machine (default: 3)"
    )
    parser.add_argument("--releases", type=int, default=10_000, help="for the long ledger (default: 10000)")
    parser.add_argument("--datapoints", type=int, default=1_000_000, help="for the runners (default: 1000000)")
    parser.add_argument(
        "--only",
        choices=["whole", "image", "registry", "rollback", "status", "runners"],
        help="a part of it; `runners`, only when asked for",
    )
    words = parser.parse_args()
    parts: dict[str, Callable[[whole.Bench], Iterator[Figure]]] = {
        "whole": lambda bench: whole.measure(bench, words.runs),
        "image": lambda bench: images.measure(bench, words.runs),
        "registry": lambda bench: registry.measure(bench, words.runs),
        "rollback": lambda bench: going_back.measure(bench, words.runs),
        "status": lambda bench: records.measure(bench, words.runs, words.releases),
    }
    optional: dict[str, Callable[[whole.Bench], Iterator[Figure]]] = {
        "runners": lambda _bench: runners.measure(Path(folder), words.runs, words.datapoints)
    }
    begun, figures = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        bench = whole.Bench(Path(folder))
        for name in [words.only] if words.only else parts:
            sys.stderr.write(f"{name} ...\n")
            figures += list((parts | optional)[name](bench))
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end, "
          f"{time.monotonic() - begun:.0f} s in all")  # fmt: skip
    print("cold: no .release, no environments, no image layers; the caches of uv and pip are warm\n")
    print(table(figures))
    if words.json:
        words.json.write_text(json.dumps({"schema": 1, "figures": [one.to_json() for one in figures]}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
