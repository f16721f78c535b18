"""`evaluations completion SHELL`: prints the script that makes a shell complete verbs and options."""

from __future__ import annotations

import argparse

from evaluations.errors import ExitCode
from evaluations.options import build_parser
from evaluations.terminal.output import write_out


def run(arguments: argparse.Namespace) -> ExitCode:
    """The script goes to standard output."""
    import shtab  # noqa: PLC0415, late: only this verb needs it

    write_out(shtab.complete(build_parser(), arguments.shell) + "\n")
    return ExitCode.PASSED
