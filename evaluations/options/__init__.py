"""The arguments of the command line: the one place where verbs, options and their help are."""

from __future__ import annotations

import argparse

from evaluations.errors import ExitCode
from evaluations.options import run, verbs

VERBS = {
    "run": ("put a data set to models, score the answers, and judge", run.add_run),
    "check": ("check configuration and data, without asking anybody", verbs.add_check),
    "init": ("write a first configuration, with templates and data", verbs.add_init),
    "compare": ("say what changed from one run to another on the same data set", verbs.add_compare),
    "power": ("say how many datapoints a difference needs", verbs.add_power),
    "export": ("a run's results as HTML, Markdown, JUnit XML, CSV, Parquet or GitHub annotations", verbs.add_export),
    "schema": ("print the JSON schema of the configuration, for editors", verbs.add_schema),
    "completion": ("print what makes a shell complete this command's words", verbs.add_completion),
}


def build_parser(verb: str | None = None) -> argparse.ArgumentParser:
    """The parser, from which the help and the reference of the docs are made.

    With a `verb`, which has to be one, only that one's options are made: that many take a tenth of the start.
    """
    table = "\n".join(f"  {code.value:<4} {code.meaning}" for code in ExitCode)
    parser = argparse.ArgumentParser(
        prog="evaluations",
        description="Ask a model the questions of a data set, score its answers, and say whether it is good enough.",
        epilog=f"exit codes:\n{table}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parts = parser.add_subparsers(dest="verb", metavar="VERB")
    for name, (help_, add) in VERBS.items():
        part = parts.add_parser(
            name,
            help=help_,
            epilog=parser.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if verb in (None, name):
            add(part)
    return parser
