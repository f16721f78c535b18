"""The command line: arguments in, exit code out; the only place that catches EvaluationsError."""

from __future__ import annotations

import argparse
import io
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from evaluations.errors import EvaluationsError, ExitCode, UsageError
from evaluations.evaluators import EVALUATORS


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code; argparse ends the process itself for `--help` and bad usage."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal can't show must not end a run
    parser = build_parser()
    arguments = parser.parse_args(argv)
    try:
        if arguments.version:
            print(f"evaluations {installed_version()}")
            return ExitCode.PASSED
        if arguments.verb is None:
            parser.error("say what to do: evaluations run")
        from evaluations.run_command import run  # noqa: PLC0415, late: `--help` and `--version` are quick

        return run(arguments)
    except EvaluationsError as error:
        print(f"evaluations: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("evaluations: interrupted, nothing is reported", file=sys.stderr)
        return ExitCode.INTERRUPTED


def installed_version() -> str:
    """The version of the installed distribution. Raises UsageError where there is none."""
    from importlib import metadata  # noqa: PLC0415, late: `--help` is quick

    try:
        return metadata.version("model-evaluations")
    except metadata.PackageNotFoundError:
        raise UsageError("not installed, so there is no version", do="pip install model-evaluations") from None


def build_parser() -> argparse.ArgumentParser:
    """The parser, from which the help and the reference of the docs are made."""
    table = "\n".join(f"  {code.value:<4} {code.meaning}" for code in ExitCode)
    parser = argparse.ArgumentParser(
        prog="evaluations",
        description="Ask a model the questions of a data set, score its answers, and say whether it is good enough.",
        epilog=f"exit codes:\n{table}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    _add_run(
        verbs.add_parser(
            "run",
            help="run a data set through a model",
            epilog=parser.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
    )
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    add = run.add_argument
    add(
        "--dataset",
        required=True,
        metavar="FILE",
        help="JSON Lines with input, reference and optional id; - for standard input",
    )
    add(
        "--endpoint",
        required=True,
        metavar="URL",
        help="base URL of an OpenAI-compatible API, such as http://localhost:8000/v1; "
        "its key is read from the variable OPENAI_API_KEY",
    )
    add("--model", required=True, metavar="NAME", help="the model's name at that endpoint")
    add("--system", metavar="TEXT", help="a system message before each question")
    add(
        "--evaluator",
        action="append",
        choices=sorted(EVALUATORS),
        help="how to score; may be repeated (default: exact_match)",
    )
    add(
        "--cutoff",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="least mean of an evaluator; may be repeated",
    )
    add(
        "--max-error-rate",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="errors that a run may have, from 0 to 1 (default: 0)",
    )
    add("--concurrency", type=_places, default=64, metavar="N", help="requests at once (default: 64)")
    add("--timeout", type=_seconds, default=60.0, metavar="SECONDS", help="time for one request (default: 60)")
    add(
        "--format", choices=("pretty", "jsonl"), default="pretty", help="what goes to standard output (default: pretty)"
    )
    add("--output", type=Path, metavar="FOLDER", help="also write results.jsonl and summary.json there")


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is no time above 0")
    return value


def _places(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 10,000")
    return value
