"""Markdown for a pull request: the verdict, scores with intervals, cutoffs, causes of errors, and the worst results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from evaluations.model import Json
from evaluations.results.exports.ranking import worst
from evaluations.results.exports.spending import judges, spent
from evaluations.results.exports.wording import as_text, number, question, repeat, short
from evaluations.results.reading import Line, Run
from evaluations.verdicts.requirements import in_words

_WORST = 10
_LONGEST = 300
"""Characters of a question or an answer."""
_MARKS = {"pass": "✅", "fail": "❌", "error": "⛔", "inconclusive": "❔"}
_ACTIVE = re.compile(r"[&<>|\\`*_\[\]{}~$#@:!()\"']|(?<=www)\.")


def pieces(run: Run) -> Iterator[str]:
    """Text that is not ours stands in `<code>` with every mark escaped: no link, no mention, no markup, no image."""
    summary = run.summary
    if summary is None:
        yield "## Evaluation: no verdict\n\nThe run has not ended.\n"
    else:
        verdict, dataset = summary["verdict"], run.manifest["dataset"]
        yield f"## Evaluation: {_MARKS.get(verdict, '')} {verdict}\n\n"
        yield from (f"- {_code(reason)}\n" for reason in summary["reasons"])
        done = f"{summary['count']:,} of {summary['planned']:,} results, {summary['errors']:,} with errors"
        seconds = f", in {number(summary['seconds'])} s" if summary.get("seconds") is not None else ""
        yield f"\n{_code(dataset['name'])}: {done}{seconds}{'' if summary['complete'] else ' (incomplete)'}.\n"
        yield from (f"- {_verdict(each['verdict'])}: {_code(in_words(each))}\n" for each in summary["budgets"])
        yield from _summary(summary["variants"])
    yield from _worst(run)


def _summary(variants: Mapping[str, Json]) -> Iterator[str]:
    scores = [
        [_code(variant), *row]
        for variant, found in variants.items()
        for name, score in found["scores"].items()
        for row in _score(name, score)
    ]
    yield from _table("Scores", ("variant", "evaluator", "mean", "95 % interval", "scored", "errors"), scores)
    required = [
        [_code(variant), _verdict(each["verdict"]), _code(in_words(each))]
        for variant, found in variants.items()
        for each in found["requirements"]
    ]
    yield from _table("Requirements", ("variant", "verdict", "what there was"), required)
    cutoffs = [
        [_code(variant), _verdict(cutoff["verdict"]), _code(cutoff["reason"])]
        for variant, found in variants.items()
        for cutoff in found["cutoffs"]
    ]
    yield from _table("Cutoffs", ("variant", "verdict", "reason"), cutoffs)
    yield from _table("Judges", ("variant", "evaluator", "what", "found"), list(judges(variants, _code)))
    yield from _table("Time and cost", *spent(variants, _code))
    causes = [
        [_code(variant), _code(name), f"{cause['count']:,}", _code(cause["example"]), _code(cause["message"])]
        for variant, found in variants.items()
        for name, cause in found["causes"].items()
    ]
    yield from _table("Errors", ("variant", "cause", "count", "first datapoint", "message"), causes)


def _verdict(verdict: str) -> str:
    return f"{_MARKS.get(verdict, '')} {verdict}"


def _score(name: str, score: Mapping[str, Json]) -> Iterator[list[str]]:
    """Its row, and one for each of pass@k and pass^k."""
    yield [_code(name), *_estimate(score), f"{score['errors']:,}"]
    for kind, estimate in score.get("reliability", {}).items():
        yield [f"{_code(name)} {_code(kind)}", *_estimate(estimate), ""]


def _estimate(found: Mapping[str, Json]) -> list[str]:
    return [number(found["mean"]), _interval(found["interval"]), f"{found['count']:,}"]


def _table(title: str, head: Iterable[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        names = list(head)
        yield f"\n### {title}\n\n"
        for row in (names, ["---"] * len(names), *rows):
            yield f"| {' | '.join(row)} |\n"


def _worst(run: Run) -> Iterator[str]:
    lines = worst(run, _WORST)
    if lines:
        yield "\n<details><summary>The worst results</summary>\n"
        for line in lines:
            yield from _result(run, line)
        yield "\n</details>\n"


def _result(run: Run, line: Line) -> Iterator[str]:
    scores = ", ".join(f"{_code(name)} {number(value)}" for name, value in line["scores"].items())
    yield f"\n**{_code(line['id'])}** by {_code(line['variant'])}{repeat(run, line)}: {scores}\n\n"
    fields = [("question", question(line.get("input"))), ("answer", line.get("answer"))]
    fields += [("tool calls", line.get("tool_calls")), ("reference", line.get("reference"))]
    fields += [(f"reason of {name}", reason) for name, reason in line.get("reasons", {}).items()]
    errors = dict.fromkeys(f"{each['cause']}: {each['message']}" for each in line["errors"].values())
    fields += [("error", error) for error in errors]
    yield from (f"- {_escaped(name)}: {_code(value)}\n" for name, value in fields if value is not None)


def _interval(ends: Json) -> str:
    return "none" if ends is None else f"{number(ends[0])} to {number(ends[1])}"


def _code(value: Json) -> str:
    return f"<code>{_escaped(short(as_text(value), _LONGEST)) or '(empty)'}</code>"


def _escaped(text: str) -> str:
    return _ACTIVE.sub(lambda found: f"&#{ord(found[0])};", text)
