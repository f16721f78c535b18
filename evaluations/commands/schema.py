"""`evaluations schema`: prints the JSON schema of evaluations.toml."""

from __future__ import annotations

import argparse
import json

from evaluations.errors import ExitCode
from evaluations.terminal.output import write_out


def run(arguments: argparse.Namespace) -> ExitCode:  # noqa: ARG001, every verb is called alike
    """The schema goes to standard output, as JSON that people can read, too."""
    from evaluations.config.schema import json_schema  # noqa: PLC0415, late: loads msgspec

    write_out(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return ExitCode.PASSED
