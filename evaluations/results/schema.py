"""JSON schemas (draft 2020-12) of the files in a run's folder, from which the tables of the documentation are made."""

from __future__ import annotations

from evaluations.results.schema_parts import (
    ANYTHING,
    BOOLEAN,
    CALL,
    CUTOFF,
    DATASET,
    DEMANDS,
    ESTIMATE,
    EVALUATOR,
    FAILURE,
    GATE,
    GIT,
    INTEGER,
    NUMBER,
    REQUIREMENTS,
    RESUMED,
    SOURCE,
    TEXT,
    TEXTS,
    TIME,
    USAGE,
    VERDICT,
    by_name,
    or_null,
    record,
)
from evaluations.verdicts.verdict import Ending
from evaluations.version import SCHEMA

RESULT = record(
    {
        "type": ({"const": "datapoint"}, "always `datapoint`"),
        "schema": ({"const": SCHEMA}, "of all files in the folder"),
        "id": (TEXT, "the datapoint's id"),
        "index": (INTEGER, "its place in what is asked, from 0; with `variant` and `repeat` it tells lines apart"),
        "variant": (TEXT, "who was asked"),
        "repeat": (INTEGER, "which of the times that it was asked, from 0"),
        "group": (or_null(TEXT), "datapoints of one group are not independent of each other"),
        "tags": ({"type": "array", "items": TEXT}, "from the data set"),
        "input": (ANYTHING, "the question: a text, a list of messages, or an object of arguments"),
        "reference": (ANYTHING, "the right answer, or null"),
        "answer": (or_null(TEXT), "the model's text; null where there is none"),
        "scores": (by_name(or_null(NUMBER)), "by evaluator; null where there is none"),
        "errors": (by_name(FAILURE), "by evaluator: why there is no score, as `cause` and `message`"),
        "attempts": (INTEGER, "requests that were made for it"),
        "reasons": (by_name(TEXT), "by evaluator: what led to the score, in words"),
        "details": (
            by_name({"type": "object"}),
            "by evaluator: votes of judges, ties, contradictions, and human labels",
        ),
        "judging": (by_name(USAGE), "by evaluator: what its judges took, as in `usage`"),
        "seconds": (NUMBER, "that the last request took; absent without an answer, as is all below"),
        "finish": (or_null(TEXT), "why the model stopped: `stop`, `length`, or another word of the server"),
        "tool_calls": ({"type": "array", "items": CALL}, "`name` and `arguments` of each; absent where there is none"),
        "refusal": (TEXT, "why the model declined, in its words; absent where it did not"),
        "usage": (
            USAGE,
            "`input_tokens`, `output_tokens` and `cost`, null where not known; `uncounted` and `unpriced` are then 1",
        ),
        "cached": (BOOLEAN, "whether the answer came out of the cache"),
    },
    optional=("reasons", "details", "judging", "seconds", "finish", "tool_calls", "refusal", "usage", "cached"),
)
"""A line of results.jsonl."""

MANIFEST = record(
    {
        "type": ({"const": "manifest"}, "always `manifest`"),
        "schema": ({"const": SCHEMA}, "of all files in the folder"),
        "version": (TEXT, "of the package"),
        "configuration": (or_null(record(SOURCE)), "`name` and `sha256` of the configuration file, or null"),
        "dataset": (
            DATASET,
            "`name` and `sha256` of the file; of what is asked, `count`, `datapoints_sha256` and `selection`",
        ),
        "variants": (
            by_name({"type": "object"}),
            "by name: all that decides its answers, such as the model, settings, templates and prices",
        ),
        "evaluators": (
            {"type": "array", "items": EVALUATOR},
            "name and scale of each, and its `identity`: all that decides its scores",
        ),
        "seed": (or_null(INTEGER), "of the random order of a sequential gate, or null"),
        "repeats": (INTEGER, "how often each datapoint is asked"),
        "gate": (GATE, "`mean`, `bound` or `sequential`"),
        "requirements": (
            DEMANDS,
            "`cutoffs` by metric, limits and budgets by option; null where none was set",
        ),
        "git": (or_null(GIT), "`commit` of the working folder, and whether it is `dirty`; null outside of git"),
        "started": (TIME, "in UTC"),
        "resumed": (
            {"type": "array", "items": RESUMED},
            "each time that the run was gone on with: `at`, in UTC, `git`; `requirements` and `configuration` before",
        ),
    }
)
"""manifest.json."""

VARIANT = record(
    {
        "verdict": (
            VERDICT,
            "on this variant: `pass`, `fail`, `inconclusive`, or `error` where its results say nothing",
        ),
        "reasons": ({"type": "array", "items": TEXT}, "for the verdict, in words"),
        "planned": (INTEGER, "results that were to come: datapoints times repeats"),
        "count": (INTEGER, "results that were counted, with an answer or an error"),
        "errors": (INTEGER, "of these, those that lack a score"),
        "scores": (
            by_name(
                record(
                    {
                        **ESTIMATE,
                        "errors": (INTEGER, "results without this score"),
                        "reliability": (by_name(record(ESTIMATE)), "with repeats: pass@k and pass^k"),
                        "judges": ({"type": "object"}, "how often judges differ, and their agreement with people"),
                    },
                    optional=("reliability", "judges"),
                )
            ),
            "`count`, `mean`, `standard_error`, `interval`, `errors` by evaluator; `reliability` and `judges` of some",
        ),
        "requirements": (
            REQUIREMENTS,
            "`name`, `limit`, `value`, `verdict` of error rate and coverage, of the evaluator with the worst",
        ),
        "cutoffs": (
            {"type": "array", "items": CUTOFF},
            "`metric`, `minimum` or `maximum`, `verdict`, `reason` and `needed` of each",
        ),
        "latency": (by_name(or_null(NUMBER)), "seconds, by percentile"),
        "usage": (USAGE, "what it took, as above; the cache left out"),
        "causes": (
            by_name(
                record(
                    {
                        "count": (INTEGER, "how often"),
                        "example": (TEXT, "the id of the first datapoint"),
                        "message": (TEXT, "of the first"),
                    }
                )
            ),
            "of errors, by cause: `count`, `example` (a datapoint's id) and `message`",
        ),
    }
)
"""What summary.json says of one variant."""

SUMMARY = record(
    {
        "type": ({"const": "summary"}, "always `summary`"),
        "schema": ({"const": SCHEMA}, "of all files in the folder"),
        "verdict": (
            VERDICT,
            "the worst of the variants' verdicts; `error` too where a budget is not known to be kept",
        ),
        "reasons": (TEXTS, "for the verdict, in words"),
        "complete": (BOOLEAN, "whether nothing was left to ask"),
        "ending": (
            {"enum": [ending.value for ending in Ending]},
            "`complete`; `decided` (--stop-when-decided), `budget` or `interrupted` where something was left",
        ),
        "gate": (GATE, "`mean`, `bound` or `sequential`"),
        "planned": (INTEGER, "results that were to come, of all variants"),
        "count": (INTEGER, "results that were counted"),
        "errors": (INTEGER, "of these, those that lack a score"),
        "usage": (
            USAGE,
            "`input_tokens`, `output_tokens`, `cost`; `uncounted` and `unpriced` answers are not in these sums",
        ),
        "budgets": (
            REQUIREMENTS,
            "like `requirements`: `pass`; `fail` where answers on their way passed it; `error` where it is unknown",
        ),
        "variants": (by_name(VARIANT), "by name, each as below"),
        "ended_by": (or_null(TEXT), "which budget ended the run, in words; null where none did"),
        "dataset": (DATASET, "as in the manifest"),
        "seed": (or_null(INTEGER), "as in the manifest"),
        "repeats": (INTEGER, "as in the manifest"),
        "seconds": (NUMBER, "that the run took, since it was last gone on with"),
        "ended": (TIME, "in UTC; not in the last line of `--format jsonl`"),
    },
    optional=("ended",),
)
"""summary.json, and the last line of `--format jsonl`."""
