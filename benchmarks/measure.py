"""Figures: several runs of the same thing, taken in turns with what they are compared with."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

Json = dict[str, object]


@dataclass
class Figure:
    """What was measured in several runs."""

    name: str
    goal: float | None = None
    """The median should be below it."""
    unit: str = "s"
    """`s`, `%` or `times`."""
    values: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Seconds that processors worked in each run, which a loaded machine stretches less; may be empty."""
    note: str = ""
    """Why there is no value, or what is to be known."""

    def add(self, run: Taken) -> None:
        """Another run."""
        self.values.append(run.seconds)
        self.cpu.append(run.cpu)

    def is_met(self) -> bool | None:
        """Whether the goal is reached; None where there is none, or nothing was measured."""
        return None if self.goal is None or not self.values else median(self.values) < self.goal

    def to_json(self) -> Json:
        """For scripts."""
        return {
            "name": self.name, "unit": self.unit, "values": self.values, "cpu": self.cpu,
            "median": median(self.values) if self.values else None, "goal": self.goal, "met": self.is_met(),
            "note": self.note,
        }  # fmt: skip

    def cells(self) -> tuple[str, ...]:
        """A row of the table."""
        numbers = [median(self.values), min(self.values), max(self.values)] if self.values else []
        shown = [f"{number:.2f}" for number in numbers] or ["-"] * 3
        cpu = f"{median(self.cpu):.2f}" if self.cpu else ""
        goal = "" if self.goal is None else f"< {self.goal:g}"
        met = {True: "met", False: "MISSED", None: ""}[self.is_met()]
        return (self.name, *shown, self.unit, cpu, str(len(self.values)), goal, met, self.note)


@dataclass(frozen=True)
class Taken:
    """What one run took."""

    seconds: float
    """By the clock on the wall."""
    cpu: float
    """User and system seconds of the process and of all its children."""
    output: str = ""


def take(argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> Taken:
    """Run a command and measure it. RuntimeError with its output where it fails."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [str(word) for word in argv], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{argv} exited with {done.returncode}:\n{done.stdout}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(seconds, cpu, done.stdout)


def rounds(runs: int, seconds: float) -> Iterator[int]:
    """Numbers from 0 for `runs` rounds; on a busy machine fewer, two at least, once `seconds` are over."""
    begun = time.monotonic()
    for number in range(runs):
        if number < 2 or time.monotonic() - begun < seconds:
            yield number


def ratio(name: str, first: Figure, second: Figure) -> Figure:
    """How many times as long the first took, run by run."""
    pairs = zip(first.values, second.values, strict=True)
    return Figure(name, unit="times", values=[one / other for one, other in pairs])


def table(figures: Sequence[Figure]) -> str:
    """Plain text, a row for each figure."""
    head = ("what", "median", "min", "max", "unit", "cpu s", "runs", "goal", "", "")
    rows = [head, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in (1, 2, 3, 5, 6) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
