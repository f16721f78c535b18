"""The HTML report: one file that needs no other and asks for nothing, with the results as data in it."""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from math import inf

from msgspec.structs import asdict, replace

from evaluations.model import Json
from evaluations.results.exports.ranking import goodness
from evaluations.results.reading import Run, Scale

SCRIPTS = ("data.js", "diff.js", "summary.js", "list.js", "detail.js", "main.js")
MOST = 50_000
"""Results in a report; of more, the worst."""

_TEXTS = 200_000_000
"""Characters of long texts that a browser is asked to hold, about."""
_LONGEST, _SHORTEST = 50_000, 500
"""Where texts are cut, at most and at least."""
_BINS = 20
_ONCE = ("input", "reference", "group", "tags")
"""Fields of the datapoint: in the first of its results only."""

_Counts = dict[str, dict[str, list[int]]]
"""By variant and evaluator."""


def pieces(run: Run) -> Iterator[str]:
    """The results are read twice: once to know how many and on what scale, and once to write them."""
    survey = _Survey(run)
    script = "".join(_asset(name) for name in SCRIPTS)
    style, policy = _asset("report.css"), "default-src 'none'; base-uri 'none'; form-action 'none'"
    policy += f"; script-src '{_digest(script)}'; style-src '{_digest(style)}'"
    template = _asset("report.html").replace("@@POLICY@@", policy).replace("@@STYLE@@", style)
    before, rest = template.split("@@RESULTS@@")
    between, rest = rest.split("@@REPORT@@")
    yield before
    counts: _Counts = {name: {each: [] for each in run.scales} for name in run.variants}
    yield from _results(run, survey, counts)
    yield between
    yield _embedded(survey.report(run, counts))
    yield rest.replace("@@SCRIPT@@", script)


class _Survey:
    """What has to be known before the first result is written."""

    def __init__(self, run: Run) -> None:
        self.total = 0
        self.scales = run.scales
        seen = defaultdict[str, list[float]](lambda: [inf, -inf])
        for line in run.lines():
            self.total += 1
            for name, score in line["scores"].items():
                if score is not None:
                    seen[name] = [min(seen[name][0], score), max(seen[name][1], score)]
        for name, scale in run.scales.items():
            if not scale.ends:  # what was seen is what can be drawn
                lowest, highest = seen.get(name, [0.0, 1.0])
                self.scales[name] = replace(scale, lowest=lowest, highest=highest)
        self.shown = self._worst(run) if self.total > MOST else None
        self.longest = max(_SHORTEST, min(_LONGEST, _TEXTS // (4 * max(1, min(MOST, self.total)))))

    def _worst(self, run: Run) -> set[int]:
        ranked = ((goodness(line, run.scales), place) for place, line in enumerate(run.lines()))
        return {place for _goodness, place in heapq.nsmallest(MOST, ranked)}

    def report(self, run: Run, counts: _Counts) -> Json:
        """All but the results."""
        return {
            "manifest": run.manifest,
            "summary": run.summary,
            "variants": list(run.variants),
            "evaluators": [{"name": name, **asdict(scale)} for name, scale in self.scales.items()],
            "distributions": counts,
            "total": self.total,
            "shown": min(self.total, MOST),
        }


def _results(run: Run, survey: _Survey, counts: _Counts) -> Iterator[str]:
    known = set[int]()
    for place, line in enumerate(run.lines()):
        for name, scale in survey.scales.items():
            _count(counts[line["variant"]][name], scale, line["scores"].get(name))
        if survey.shown is None or place in survey.shown:
            left_out = _ONCE if line["index"] in known else ()
            known.add(line["index"])
            fields = {name: _cut(value, survey.longest) for name, value in line.items() if name not in left_out}
            yield _embedded({name: value for name, value in fields.items() if value is not None}) + "\n"


def _count(bins: list[int], scale: Scale, score: float | None) -> None:
    if not bins:
        bins += [0] * (2 if scale.boolean else _BINS)
    if score is not None:
        width = (scale.highest - scale.lowest) or 1.0
        bins[max(0, min(len(bins) - 1, int(len(bins) * (score - scale.lowest) / width)))] += 1


def _cut(value: Json, longest: int) -> Json:
    """Texts, however deep, with a note where the rest was left out."""
    if isinstance(value, str) and len(value) > longest:
        return f"{value[:longest]}… ({len(value) - longest:,} more characters are in results.jsonl)"
    if isinstance(value, list):
        return [_cut(each, longest) for each in value]
    if isinstance(value, dict):
        return {name: _cut(each, longest) for name, each in value.items()}
    return value


def _embedded(value: Json) -> str:
    """JSON for a script element: without `<` nothing in it can end the element or begin a comment (HTML, 4.12.1.3)."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _asset(name: str) -> str:
    return files("evaluations.results").joinpath("html").joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    """As a policy names an inline script or style (Content Security Policy Level 3, 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
