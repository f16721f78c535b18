"""`evaluations export FOLDER --to FORMAT`: a run's results in the forms that other programs and people read."""

from __future__ import annotations

import argparse

from evaluations.errors import ExitCode
from evaluations.results.exports import export


def run(arguments: argparse.Namespace) -> ExitCode:
    """Of `folder`, `to` (one of FORMATS) and `out` (a path, or None for standard output). Raises EvaluationsError."""
    export(arguments.folder, arguments.to, arguments.out)
    return ExitCode.PASSED
