"""Annotations of GitHub Actions: workflow commands for standard output, which show up at a run and a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from evaluations.model import Json
from evaluations.results.exports.origin import dataset_file, line_numbers
from evaluations.results.exports.ranking import worst
from evaluations.results.exports.wording import as_text, question, repeat, short
from evaluations.results.reading import Line, Run
from evaluations.verdicts.requirements import in_words

_LEVELS = {"pass": "notice", "inconclusive": "warning"}
_WORST = 5
"""Results that are shown: GitHub shows ten warnings of a step."""


def pieces(run: Run) -> Iterator[str]:
    """The verdict on each variant with its reasons, then the worst results."""
    summary = run.summary
    if summary is None:
        yield _command("error", "evaluations", "the run has not ended: there is no verdict")
    else:
        for name, found in summary["variants"].items():
            reasons = "\n".join(found["reasons"])
            yield _command(
                _LEVELS.get(found["verdict"], "error"),
                f"evaluations: {name}: {found['verdict']}",
                reasons or "no cutoff",
            )
        for budget in summary["budgets"]:
            if budget["verdict"] == "error":
                yield _command("error", "evaluations: a budget is not known to be kept", in_words(budget))
    lines = worst(run, _WORST)
    file = dataset_file(run) if lines else None
    numbers = line_numbers(file[1], lines) if file else {}
    for line in lines:
        place = "" if file is None else f"file={_property(file[0])},"
        if line["id"] in numbers:
            place += f"line={numbers[line['id']]},"
        yield _command("warning", f"{line['variant']}: datapoint {line['id']}{repeat(run, line)}", _about(line), place)


def _about(line: Line) -> str:
    scores = [f"{name} {value:g}" for name, value in line["scores"].items() if value is not None]
    errors = [f"{name}: {each['cause']}: {short(each['message'], 200)}" for name, each in line["errors"].items()]
    texts = [
        f"{field}: {short(value, 200)}"
        for field, value in (
            ("question", question(line.get("input"))),
            ("answer", line.get("answer")),
            ("reference", line.get("reference")),
        )
        if value is not None
    ]
    return "\n".join((*scores, *errors, *texts))


def _command(level: str, title: str, message: Json, place: str = "") -> str:
    """Escaped as the toolkit does (actions/toolkit, packages/core/src/command.ts)."""
    return f"::{level} {place}title={_property(short(title, 200))}::{_escaped(as_text(message))}\n"


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
