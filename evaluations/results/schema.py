"""JSON schemas (draft 2020-12) of the files in a run's folder, from which the tables of the documentation are made."""

from __future__ import annotations

from evaluations.model import Json
from evaluations.results.manifest import SCHEMA

_TEXT, _INTEGER, _NUMBER, _BOOLEAN = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_ANYTHING: dict[str, Json] = {}


def _or_null(schema: dict[str, Json]) -> dict[str, Json]:
    return {**schema, "type": [schema["type"], "null"]}


def _by_name(schema: dict[str, Json]) -> dict[str, Json]:
    return {"type": "object", "additionalProperties": schema}


def _object(fields: dict[str, tuple[dict[str, Json], str]], *, optional: tuple[str, ...] = ()) -> dict[str, Json]:
    """Fields with their description; no other may be there, and all must but the optional ones."""
    return {
        "type": "object",
        "properties": {name: {**schema, "description": words} for name, (schema, words) in fields.items()},
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


_USAGE = _object(
    {
        "input_tokens": (_INTEGER, "as the server counts them"),
        "output_tokens": (_INTEGER, "as the server counts them"),
        "cost": (_NUMBER, "in the currency of the prices in the configuration; 0 without prices"),
    }
)
_FAILURE = _object({"cause": (_TEXT, "a short word"), "message": (_TEXT, "one line for people")})
_CALL = _object({"name": (_TEXT, "of the tool"), "arguments": (_TEXT, "as the model wrote them, JSON or not")})
_GIT = _object({"commit": (_TEXT, "the full hash"), "dirty": (_BOOLEAN, "whether a tracked file differs from it")})
_ESTIMATE = {
    "count": (_INTEGER, "results that were scored"),
    "mean": (_or_null(_NUMBER), "of their scores; null where there is none"),
    "standard_error": (_or_null(_NUMBER), "of the mean; null below two independent scores"),
    "interval": (_or_null({"type": "array", "items": _NUMBER}), "both ends of the 95 % interval of the mean"),
}

RESULT = _object(
    {
        "type": ({"const": "datapoint"}, "always `datapoint`"),
        "id": (_TEXT, "the datapoint's id"),
        "index": (_INTEGER, "its place in what is asked, from 0; with `variant` and `repeat` it tells lines apart"),
        "variant": (_TEXT, "who was asked"),
        "repeat": (_INTEGER, "which of the times that it was asked, from 0"),
        "group": (_or_null(_TEXT), "datapoints of one group are not independent of each other"),
        "tags": ({"type": "array", "items": _TEXT}, "from the data set"),
        "input": (_ANYTHING, "the question: a text, a list of messages, or an object of arguments"),
        "reference": (_ANYTHING, "the right answer, or null"),
        "answer": (_or_null(_TEXT), "the model's text; null where there is none"),
        "scores": (_by_name(_or_null(_NUMBER)), "by evaluator; null where there is none"),
        "errors": (_by_name(_FAILURE), "by evaluator: why there is no score, as `cause` and `message`"),
        "attempts": (_INTEGER, "requests that were made for it"),
        "reasons": (_by_name(_TEXT), "by evaluator: what led to the score, in words"),
        "details": (
            _by_name({"type": "object"}),
            "by evaluator: votes of judges, ties, contradictions, and human labels",
        ),
        "judging": (_by_name(_USAGE), "by evaluator: what its judges took, as in `usage`"),
        "seconds": (_NUMBER, "that the last request took; absent without an answer, as is all below"),
        "finish": (_or_null(_TEXT), "why the model stopped: `stop`, `length`, or another word of the server"),
        "tool_calls": ({"type": "array", "items": _CALL}, "`name` and `arguments` of each; absent where there is none"),
        "refusal": (_TEXT, "why the model declined, in its words; absent where it did not"),
        "usage": (_USAGE, "`input_tokens`, `output_tokens` and `cost` of the answer"),
        "cached": (_BOOLEAN, "whether the answer came out of the cache"),
    },
    optional=("reasons", "details", "judging", "seconds", "finish", "tool_calls", "refusal", "usage", "cached"),
)
"""A line of results.jsonl."""

_SOURCE = {"name": (_TEXT, "without folders"), "sha256": (_SHA256, "of its bytes")}
_EVALUATOR = _object(
    {
        "name": (_TEXT, "as results call it"),
        "lowest": (_or_null(_NUMBER), "end of its scale; null where there is none"),
        "highest": (_or_null(_NUMBER), "the other end"),
        "boolean": (_BOOLEAN, "whether each score is one end or the other"),
        "smaller_is_better": (_BOOLEAN, "whether less is better"),
    }
)
MANIFEST = _object(
    {
        "type": ({"const": "manifest"}, "always `manifest`"),
        "schema": ({"const": SCHEMA}, "of all files in the folder"),
        "version": (_TEXT, "of the package"),
        "configuration": (_or_null(_object(_SOURCE)), "`name` and `sha256` of the configuration file, or null"),
        "dataset": (
            _object({**_SOURCE, "count": (_INTEGER, "datapoints")}),
            "`name` and `sha256` of the data set, and the `count` of datapoints that are to be asked",
        ),
        "variants": (_by_name({"type": "object"}), "by name: all that decides its answers, such as the model"),
        "evaluators": (
            {"type": "array", "items": _EVALUATOR},
            "`name`, `lowest`, `highest`, `boolean` and `smaller_is_better` of each",
        ),
        "seed": (_or_null(_INTEGER), "of everything random, or null"),
        "repeats": (_INTEGER, "how often each datapoint is asked"),
        "gate": (_TEXT, "`mean`, `bound` or `sequential`"),
        "git": (_or_null(_GIT), "`commit` of the working folder, and whether it is `dirty`; null outside of git"),
        "started": (_TIME, "in UTC"),
        "resumed": (
            {"type": "array", "items": _object({"at": (_TIME, "in UTC"), "git": (_or_null(_GIT), "as above")})},
            "each time that the run was gone on with: `at`, in UTC, and `git`",
        ),
    }
)
"""manifest.json."""

_CUTOFF = _object(
    {
        "metric": (_TEXT, "an evaluator, or another metric of the run"),
        "minimum": (_NUMBER, "what was asked for"),
        "maximum": (_NUMBER, "or this"),
        "verdict": (_TEXT, "as above"),
        "reason": (_TEXT, "in words"),
        "needed": (_or_null(_INTEGER), "about how many datapoints would decide"),
    },
    optional=("minimum", "maximum"),
)
VARIANT = _object(
    {
        "verdict": ({"enum": ["pass", "fail", "error", "inconclusive"]}, "on this variant"),
        "reasons": ({"type": "array", "items": _TEXT}, "for the verdict, in words"),
        "planned": (_INTEGER, "results that were to come: datapoints times repeats"),
        "count": (_INTEGER, "results that came, with an answer or an error"),
        "errors": (_INTEGER, "of these, those that lack a score"),
        "scores": (
            _by_name(
                _object(
                    {
                        **_ESTIMATE,
                        "errors": (_INTEGER, "results without this score"),
                        "reliability": (_by_name(_object(_ESTIMATE)), "with repeats: pass@k and pass^k"),
                        "judges": ({"type": "object"}, "how often judges differ, and their agreement with people"),
                    },
                    optional=("reliability", "judges"),
                )
            ),
            "`count`, `mean`, `standard_error`, `interval`, `errors` by evaluator; `reliability` and `judges` of some",
        ),
        "cutoffs": (
            {"type": "array", "items": _CUTOFF},
            "`metric`, `minimum` or `maximum`, `verdict`, `reason` and `needed` of each",
        ),
        "latency": (_by_name(_or_null(_NUMBER)), "seconds, by percentile"),
        "usage": (_USAGE, "what it took, as above; the cache left out"),
        "causes": (
            _by_name(
                _object(
                    {
                        "count": (_INTEGER, "how often"),
                        "example": (_TEXT, "the id of the first datapoint"),
                        "message": (_TEXT, "of the first"),
                    }
                )
            ),
            "of errors, by cause: `count`, `example` (a datapoint's id) and `message`",
        ),
    }
)
"""What summary.json says of one variant."""

SUMMARY = {
    **_object(
        {
            "type": ({"const": "summary"}, "always `summary`"),
            "schema": (_INTEGER, "of the summary"),
            "verdict": ({"enum": ["pass", "fail", "error", "inconclusive"]}, "the worst of the variants' verdicts"),
            "reasons": ({"type": "array", "items": _TEXT}, "for the verdict, in words"),
            "complete": (_BOOLEAN, "whether nothing was left to ask"),
            "ending": (_TEXT, "`complete`, `decided`, `interrupted`, or another reason to stop"),
            "gate": (_TEXT, "`mean`, `bound` or `sequential`"),
            "planned": (_INTEGER, "results that were to come, of all variants"),
            "count": (_INTEGER, "results that came"),
            "errors": (_INTEGER, "of these, those that lack a score"),
            "usage": (_USAGE, "`input_tokens`, `output_tokens` and `cost` of the run"),
            "variants": (_by_name(VARIANT), "by name, each as below"),
            "dataset": ({"type": "object"}, "`name` and more of the data set"),
            "seconds": (_NUMBER, "that the run took, since it was last gone on with"),
            "ended": (_TIME, "in UTC"),
        }
    ),
    "additionalProperties": True,
}
"""summary.json."""
