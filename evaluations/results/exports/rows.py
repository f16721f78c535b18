"""A line of results as a row of a table: one column for each field, three for each evaluator. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from evaluations.model import Json
from evaluations.results.exports.wording import as_text
from evaluations.results.reading import Line, Run


class Column(NamedTuple):
    """A column of the table."""

    name: str
    kind: type[str | int | float | bool]
    """Of its values; any of them may be None."""
    value: Callable[[Line], Json]


def columns(run: Run) -> list[Column]:
    """Fields in the order of the documentation, then `score.NAME`, `reason.NAME` and `error.NAME` by evaluator."""
    found = [
        Column("variant", str, lambda line: line["variant"]),
        Column("id", str, lambda line: as_text(line["id"])),
        Column("index", int, lambda line: line["index"]),
        Column("repeat", int, lambda line: line["repeat"]),
        _text("group"),
        Column("tags", str, lambda line: json.dumps(line.get("tags", []))),
        _text("input"),
        _text("reference"),
        _text("answer"),
        _text("refusal"),
        _text("tool_calls"),
        _text("finish"),
        Column("seconds", float, lambda line: line.get("seconds")),
        Column("attempts", int, lambda line: line.get("attempts")),
        Column("cached", bool, lambda line: line.get("cached")),
        *(_used(name, kind) for name, kind in (("input_tokens", int), ("output_tokens", int), ("cost", float))),
    ]
    for name in run.scales:
        found += [_score(name), _reason(name), _error(name)]
    return found


def _text(name: str) -> Column:
    def value(line: Line) -> str | None:
        found = line.get(name)
        return None if found is None else as_text(found)

    return Column(name, str, value)


def _used(name: str, kind: type[int | float]) -> Column:
    return Column(name, kind, lambda line: line.get("usage", {}).get(name))


def _score(name: str) -> Column:
    return Column(f"score.{name}", float, lambda line: line["scores"].get(name))


def _reason(name: str) -> Column:
    def value(line: Line) -> str | None:
        reason = line.get("reasons", {}).get(name)
        return None if reason is None else as_text(reason)

    return Column(f"reason.{name}", str, value)


def _error(name: str) -> Column:
    def value(line: Line) -> str | None:
        error = line["errors"].get(name)
        return None if error is None else as_text(f"{error['cause']}: {error['message']}")

    return Column(f"error.{name}", str, value)
