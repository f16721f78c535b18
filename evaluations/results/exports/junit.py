"""JUnit XML, as CI systems read it: a test case for each result, and one for the verdict on each variant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from math import inf
from xml.sax.saxutils import escape

from evaluations.model import Json
from evaluations.results.exports.wording import REPLACEMENT, as_text, number, question, short
from evaluations.results.reading import Line, Run
from evaluations.verdicts.requirements import in_words

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, not even as a reference (section 2.2)."""
_LONGEST = 2000
"""Characters of a question or an answer."""


def pieces(run: Run) -> Iterator[str]:
    """The results are read twice: once to count, since the numbers come first, and once to write."""
    verdicts, bounds, repeated = list(_verdicts(run)), _bounds(run), run.repeats > 1
    counts = Counter(_outcome(line, bounds)[0] for line in run.lines())
    failures, total = sum("<failure" in case for case in verdicts), sum(counts.values())
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="evaluations">\n'
    yield f'<testsuite name="verdict" tests="{len(verdicts)}" failures="{failures}" errors="0">\n'
    yield from verdicts
    yield "</testsuite>\n"
    numbers = f'tests="{total}" failures="{counts["failure"]}" errors="{counts["error"]}"'
    yield f'<testsuite name="results" {numbers}>\n'
    for line in run.lines():
        name = f"{line['id']} #{line['repeat'] + 1}" if repeated else as_text(line["id"])
        seconds = line.get("seconds") or 0.0
        yield _case((line["variant"], name), seconds, *_outcome(line, bounds), _texts(line))
    yield "</testsuite>\n</testsuites>\n"


def _verdicts(run: Run) -> Iterator[str]:
    if run.summary is None:
        yield _case(("evaluations", "verdict"), 0, "failure", "the run has not ended: there is no verdict")
        return
    for name, found in run.summary["variants"].items():
        reason = "; ".join(found["reasons"]) or "no cutoff"
        kind = "" if found["verdict"] == "pass" else "failure"
        yield _case((name, "verdict"), 0, kind, f"{found['verdict']}: {reason}")
    for budget in run.summary["budgets"]:
        kind = "failure" if budget["verdict"] == "error" else ""
        yield _case(("evaluations", budget["name"]), 0, kind, f"{budget['verdict']}: {in_words(budget)}")


def _bounds(run: Run) -> dict[str, tuple[float, float]]:
    """By evaluator, what a result's score must be to stand: within its cutoff, or else, of yes or no, the right one."""
    bounds = {}
    for name, scale in run.scales.items():
        if scale.boolean:
            right = scale.lowest if scale.smaller_is_better else scale.highest
            bounds[name] = (right, right)
    for found in (run.summary or {"variants": {}})["variants"].values():
        for cutoff in found["cutoffs"]:
            if cutoff["metric"] in run.scales:
                least, most = cutoff.get("minimum"), cutoff.get("maximum")
                bounds[cutoff["metric"]] = (-inf if least is None else least, inf if most is None else most)
    return bounds


def _outcome(line: Line, bounds: Mapping[str, tuple[float, float]]) -> tuple[str, str]:
    """`error`, `failure` or nothing, and why."""
    errors = [f"{name}: {each['cause']}: {each['message']}" for name, each in line["errors"].items()]
    if errors:
        return "error", "; ".join(dict.fromkeys(errors))
    reasons = []
    for name, (least, most) in bounds.items():
        score = line["scores"].get(name)
        if score is not None and not least <= score <= most:
            said = as_text(line.get("reasons", {}).get(name))
            reasons.append(f"{name} is {number(score)}" + (f": {said}" if said else ""))
    return ("failure", "; ".join(reasons)) if reasons else ("", "")


def _texts(line: Line) -> str:
    fields = (("question", question(line.get("input"))), ("answer", line.get("answer")))
    texts = [*fields, ("tool calls", line.get("tool_calls")), ("reference", line.get("reference"))]
    return "\n".join(f"{name}: {as_text(value)[:_LONGEST]}" for name, value in texts if value is not None)


def _case(names: tuple[str, str], seconds: float, kind: str, reason: str, texts: str = "") -> str:
    head = f'<testcase classname="{_quoted(names[0])}" name="{_quoted(names[1])}" time="{seconds:.3f}"'
    if not kind:
        return f"{head}/>\n"
    return f'{head}><{kind} message="{_quoted(short(reason, _LONGEST))}">{escape(_valid(texts))}</{kind}></testcase>\n'


def _quoted(text: Json) -> str:
    """Line breaks in an attribute would become spaces."""
    return escape(_valid(as_text(text)), {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _valid(text: str) -> str:
    return _NO_XML.sub(REPLACEMENT, text)
