"""The parts that the schemas of a run's files are made of (draft 2020-12)."""

from __future__ import annotations

from evaluations.model import Json
from evaluations.verdicts.cutoffs import Gate
from evaluations.verdicts.verdict import Verdict

TEXT, INTEGER, NUMBER, BOOLEAN = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
TEXTS: dict[str, Json] = {"type": "array", "items": TEXT}
ANYTHING: dict[str, Json] = {}


def or_null(schema: dict[str, Json]) -> dict[str, Json]:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def by_name(schema: dict[str, Json]) -> dict[str, Json]:
    """An object of such values, by names that are the user's."""
    return {"type": "object", "additionalProperties": schema}


def record(fields: dict[str, tuple[dict[str, Json], str]], *, optional: tuple[str, ...] = ()) -> dict[str, Json]:
    """Fields with their description; no other may be there, and all must but the optional ones."""
    return {
        "type": "object",
        "properties": {name: {**schema, "description": words} for name, (schema, words) in fields.items()},
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


USAGE = record(
    {
        "input_tokens": (or_null(INTEGER), "as the server counts them; null where no answer says it"),
        "output_tokens": (or_null(INTEGER), "as the server counts them; null where no answer says it"),
        "cost": (or_null(NUMBER), "in the currency of the prices in the configuration; null where nothing is known"),
        "uncounted": (INTEGER, "answers that are not in the tokens, since they do not say theirs"),
        "unpriced": (INTEGER, "answers that are not in the cost, since it is not known"),
    }
)
VERDICT = {"enum": [verdict.value for verdict in Verdict]}
REQUIREMENTS = {
    "type": "array",
    "items": record(
        {
            "name": (TEXT, "as the option: `max_error_rate`, `min_coverage`, `max_cost`, `max_tokens`, `max_seconds`"),
            "limit": (or_null(NUMBER), "null where none was set"),
            "value": (or_null(NUMBER), "what there was; null where it is not known"),
            "verdict": (VERDICT, "on this alone"),
        }
    ),
}
SELECTION = record(
    {
        "tags": (
            record({"include": (TEXTS, "one of these"), "exclude": (TEXTS, "none of these")}),
            "which datapoints are taken first",
        ),
        "slice": (or_null(TEXT), "`START:STOP` of these"),
        "sample": (or_null(INTEGER), "so many of these, by chance"),
        "seed": (or_null(INTEGER), "of the sample; null without one"),
    }
)
FAILURE = record({"cause": (TEXT, "a short word"), "message": (TEXT, "one line for people")})
CALL = record({"name": (TEXT, "of the tool"), "arguments": (TEXT, "as the model wrote them, JSON or not")})
GIT = record({"commit": (TEXT, "the full hash"), "dirty": (BOOLEAN, "whether a tracked file differs from it")})
ESTIMATE = {
    "count": (INTEGER, "results that were scored"),
    "mean": (or_null(NUMBER), "of their scores; null where there is none"),
    "standard_error": (or_null(NUMBER), "of the mean; null below two independent scores"),
    "interval": (or_null({"type": "array", "items": NUMBER}), "both ends of the 95 % interval of the mean"),
}

SOURCE = {"name": (TEXT, "without folders"), "sha256": (SHA256, "of its bytes")}
GATE = {"enum": [gate.value for gate in Gate]}
DEMANDS = record(
    {
        "cutoffs": (by_name(NUMBER), "by metric"),
        "max_error_rate": (NUMBER, "share of results that may have errors"),
        "min_coverage": (or_null(NUMBER), "least share of results that must be scored"),
        "stop_when_decided": (BOOLEAN, "whether a sequential gate's decision ends the run"),
        "max_cost": (or_null(NUMBER), "that the run may come to"),
        "max_tokens": (or_null(INTEGER), "that it may use"),
        "max_seconds": (or_null(NUMBER), "that it may ask for"),
    }
)
RESUMED = record(
    {
        "at": (TIME, "in UTC"),
        "git": (or_null(GIT), "as above"),
        "requirements": (DEMANDS, "of the part of the run before"),
        "configuration": (or_null(record(SOURCE)), "of the part of the run before"),
    },
    optional=("configuration",),
)
EVALUATOR = record(
    {
        "name": (TEXT, "as results call it"),
        "lowest": (or_null(NUMBER), "end of its scale; null where there is none"),
        "highest": (or_null(NUMBER), "the other end"),
        "boolean": (BOOLEAN, "whether each score is one end or the other"),
        "smaller_is_better": (BOOLEAN, "whether less is better"),
        "identity": ({"type": "object"}, "kind, settings, digests of sources and files, judges"),
    }
)
DATASET = record(
    {
        **SOURCE,
        "count": (INTEGER, "datapoints that are taken"),
        "datapoints_sha256": (SHA256, "of these, in their order, whatever the format"),
        "selection": (SELECTION, "how they were chosen"),
    }
)

CUTOFF = record(
    {
        "metric": (TEXT, "an evaluator, or another metric of the run"),
        "minimum": (NUMBER, "what was asked for"),
        "maximum": (NUMBER, "or this"),
        "verdict": (VERDICT, "as above"),
        "reason": (TEXT, "in words"),
        "needed": (or_null(INTEGER), "about how many datapoints would decide"),
    },
    optional=("minimum", "maximum"),
)
