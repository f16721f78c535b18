"""`status` in a project with thousands of releases on record."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from benchmarks.long_ledger import lengthen
from benchmarks.measure import Figure
from benchmarks.whole import Bench


def measure(bench: Bench, runs: int, releases: int) -> Iterator[Figure]:
    """A first glance reads every event; the later ones only the last."""
    made = bench.project(f"{releases}.0.0")
    bench.engine(made, "release")
    few = Figure("status, 1 release")
    for _ in range(runs + 2):
        few.add(bench.engine(made, "status"))
    events = lengthen(made)
    first, later = Figure("status, the first one in a clone"), Figure(f"status, {releases} releases", 0.5)
    first.note = f"{events} events, each of them checked"
    first.add(bench.engine(made, "status"))
    for _ in range(runs + 2):
        later.add(bench.engine(made, "status"))
    shutil.rmtree(made.root)
    yield from (few, later, first)
