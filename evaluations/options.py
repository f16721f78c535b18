"""The arguments of the command line: the one place where options, their help and their limits are."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from evaluations.errors import ExitCode
from evaluations.evaluators import EVALUATORS


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
    for name, (help_, add) in _VERBS.items():
        add(
            verbs.add_parser(
                name,
                help=help_,
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
        help="least mean of an evaluator, most error_rate, or most seconds of latency_p95 (any percentage); "
        "may be repeated",
    )
    add(
        "--gate",
        choices=("mean", "bound", "sequential"),
        default="mean",
        help="what must reach a cutoff: the mean, its whole 95 %% interval, or its confidence sequence, which is right "
        "however often one looks; the last asks in random order (default: mean)",
    )
    add(
        "--stop-when-decided",
        action="store_true",
        help="ask no more once a sequential gate has decided every cutoff, or missed one",
    )
    add("--seed", type=int, default=0, metavar="N", help="of the random order (default: 0)")
    add(
        "--max-error-rate",
        type=_share,
        metavar="SHARE",
        help="errors that a run may have, from 0 to 1 (default: 0; without limit where error_rate has a cutoff)",
    )
    add(
        "--min-coverage",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="least share of the datapoints that each evaluator must score, from 0 to 1 (default: 0)",
    )
    add("--concurrency", type=_places, default=64, metavar="N", help="requests at once (default: 64)")
    add("--timeout", type=_seconds, default=60.0, metavar="SECONDS", help="time for one request (default: 60)")
    add(
        "--format", choices=("pretty", "jsonl"), default="pretty", help="what goes to standard output (default: pretty)"
    )
    add("--output", type=Path, metavar="FOLDER", help="also write results.jsonl and summary.json there")


def _add_compare(compare: argparse.ArgumentParser) -> None:
    add = compare.add_argument
    add("before", type=Path, metavar="A", help="results folder of the run before")
    add("after", type=Path, metavar="B", help="results folder of the run after, on the same data set")
    add("--seed", type=int, default=0, metavar="N", help="of resampling (default: 0)")
    add("--format", choices=("pretty", "json"), default="pretty", help="what is printed (default: pretty)")


def _add_power(power: argparse.ArgumentParser) -> None:
    add = power.add_argument
    add("--mean", type=_share, metavar="SHARE", help="the true share of right answers; with --to: of the run before")
    add("--cutoff", type=_share, metavar="SHARE", help="how many datapoints pass it with --gate bound")
    add(
        "--to", type=_share, metavar="SHARE", help="how many datapoints `compare` needs to find a share changed to this"
    )
    add("--turning", type=_share, metavar="SHARE", help="datapoints with another answer (default: as if by chance)")
    add("--difference", type=float, metavar="NUMBER", help="a mean difference of scores")
    add("--deviation", type=float, metavar="NUMBER", help="standard deviation of the differences of single datapoints")
    add("--power", type=_chance, default=0.8, metavar="SHARE", help="how often it is to be found (default: 0.8)")
    add("--datapoints", type=_count, metavar="N", help="how often so many datapoints find it, instead")
    add("--format", choices=("pretty", "json"), default="pretty", help="what is printed (default: pretty)")


_VERBS = {
    "run": ("run a data set through a model", _add_run),
    "compare": ("say what changed from one run to another on the same data set", _add_compare),
    "power": ("say how many datapoints a difference needs", _add_power),
}


def _chance(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 10_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 10,000,000")
    return value


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
