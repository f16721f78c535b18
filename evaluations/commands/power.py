"""`evaluations power`: how many datapoints a question needs, or how sure that many make."""

from __future__ import annotations

import argparse
import json

from evaluations.errors import ExitCode
from evaluations.statistics.questions import Question, answer
from evaluations.terminal.output import write_out


def run(arguments: argparse.Namespace) -> ExitCode:
    """Pure arithmetic: no data and no request. Raises UsageError."""
    question = Question(**{name: getattr(arguments, name) for name in Question.__struct_fields__})
    found = answer(question)
    if arguments.format == "json":
        fields = {
            "type": "power",
            "schema": 1,
            "question": found.question,
            "datapoints": found.datapoints,
            "power": found.power,
        }
        write_out(json.dumps(fields, allow_nan=False) + "\n")
    else:
        wanted = "" if question.datapoints is not None else f", and {100 * question.wanted:g} were asked for"
        often = f"{found.datapoints:,} datapoints do so {100 * found.power:.1f} times in 100"
        write_out(f"{found.question}:\n  {often}{wanted}\n")
    return ExitCode.PASSED
