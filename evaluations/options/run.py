"""The options of `evaluations run`.

None has a default that the configuration could set: what is not given is None, and first the configuration's word and
then the default that stands in the help takes its place.
"""

from __future__ import annotations

import argparse

from evaluations.options import types

SIMPLE_EVALUATORS = ("contains", "exact_match", "json_fields", "numeric", "similarity")
"""Kinds that need no settings, so that they can be named without a configuration."""
CACHE_MODES = ("on", "off", "read_only", "write_only")
GATES = ("mean", "bound", "sequential")


def add_run(run: argparse.ArgumentParser) -> None:
    """What is asked, of whom, how, and how it is judged."""
    _add_configuration(run)
    _add_direct(run)
    add = run.add_argument_group("what is asked").add_argument
    add(
        "--dataset",
        type=types.source,
        metavar="FILE",
        help="JSON Lines, JSON, CSV or Parquet with input, reference and optional id; - for standard input; with a "
        "configuration, in place of its file alone: its tags, slice, sample and columns stay",
    )
    add("--sample", type=types.count, metavar="N", help="ask so many datapoints, chosen by --seed")
    add("--slice", type=types.part, metavar="START:STOP", help="ask only these datapoints, counted from 0")
    add("--tag", action="append", metavar="TAG", help="ask only datapoints with one of these tags; may be repeated")
    add("--seed", type=int, metavar="N", help="of a sample, and of the order of a sequential gate (default: 0)")
    add("--repeats", type=types.count, metavar="K", help="put each datapoint to each variant so often (default: 1)")
    _add_judging(run)
    add = run.add_argument_group("how it is asked").add_argument
    add("--concurrency", type=types.places, metavar="N", help="most requests at once (default: 64)")
    limit = "time for one request, whatever the configuration says (default: 60)"
    add("--timeout", type=types.seconds, metavar="SECONDS", help=limit)
    add("--max-cost", type=types.amount, metavar="SUM", help="end in good order when answers have cost so much")
    add("--max-tokens", type=types.count, metavar="N", help="end in good order when so many tokens are used")
    add("--max-seconds", type=types.seconds, metavar="SECONDS", help="ask nothing more after so long")
    add(
        "--inference-cache",
        choices=CACHE_MODES,
        help="whether answers are taken from the cache, and kept there (default: off)",
    )
    add(
        "--executor",
        choices=("asyncio", "ray"),
        default="asyncio",
        help="ask from this process, or from the workers of a Ray cluster: RAY_ADDRESS, or one on this machine "
        "(default: asyncio)",
    )
    add("--workers", type=types.count, metavar="N", help="of --executor ray (default: 2)")
    add = run.add_argument_group("what comes out").add_argument
    add(
        "--format", choices=("pretty", "jsonl"), default="pretty", help="what goes to standard output (default: pretty)"
    )
    add(
        "--output",
        type=types.folder,
        metavar="FOLDER",
        help="also write manifest.json, results.jsonl and summary.json there, as answers come",
    )
    add("--resume", action="store_true", help="go on with the interrupted run in --output: nothing is asked twice")


def _add_configuration(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("an evaluation of a configuration file")
    add = group.add_argument
    add("evaluation", nargs="?", metavar="EVALUATION", help="which; not needed where there is only one")
    add(
        "--config",
        type=types.file,
        metavar="FILE",
        help="the configuration (default: evaluations.toml or tensorzero.toml in this folder)",
    )
    add("--variant", action="append", metavar="NAME", help="ask only this variant; may be repeated")


def _add_direct(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("or, without a configuration, a model at an address")
    add = group.add_argument
    add(
        "--endpoint",
        metavar="URL",
        help="base URL of an OpenAI-compatible API, such as http://localhost:8000/v1; "
        "its key is read from the variable OPENAI_API_KEY",
    )
    add("--model", metavar="NAME", help="the model's name at that endpoint")
    add("--system", metavar="TEXT", help="a system message before each question")
    add(
        "--evaluator",
        action="append",
        choices=SIMPLE_EVALUATORS,
        help="how to score; may be repeated (default: exact_match)",
    )


def _add_judging(run: argparse.ArgumentParser) -> None:
    add = run.add_argument_group("how it is judged").add_argument
    add(
        "--cutoff",
        action="append",
        metavar="NAME=NUMBER",
        help="least mean of an evaluator (most, where smaller is better), most error_rate, most cost, or most seconds "
        "of latency_p95 (any percentage); may be repeated",
    )
    add(
        "--gate",
        choices=GATES,
        help="what must reach a cutoff: the mean, its whole 95 %% interval, or its confidence sequence, which is right "
        "however often one looks; the last asks in random order (default: mean)",
    )
    add(
        "--stop-when-decided",
        action="store_true",
        default=None,
        help="ask no more once a sequential gate has decided every cutoff, or missed one",
    )
    add(
        "--max-error-rate",
        type=types.share,
        metavar="SHARE",
        help="errors that a run may have, from 0 to 1 (default: 0; without limit where error_rate has a cutoff)",
    )
    add(
        "--min-coverage",
        type=types.share,
        metavar="SHARE",
        help="least share of the datapoints that each evaluator must score, from 0 to 1 (default: 0)",
    )
