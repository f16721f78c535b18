"""The options of every verb but `run`."""

from __future__ import annotations

import argparse
from pathlib import Path

from evaluations.options import types

EXPORTS = ("csv", "github", "html", "junit", "markdown", "parquet")
SHELLS = ("bash", "tcsh", "zsh")


def add_compare(compare: argparse.ArgumentParser) -> None:
    """Two runs, or two variants of one."""
    add = compare.add_argument
    add("before", type=Path, metavar="A", help="folder of the run before")
    add("after", type=Path, nargs="?", metavar="B", help="folder of the run after, on the same data set")
    add(
        "--variants",
        nargs=2,
        metavar=("BEFORE", "AFTER"),
        help="which variant of each run; needed where a run has several, and with one folder",
    )
    add("--seed", type=int, default=0, metavar="N", help="of resampling (default: 0)")
    add("--format", choices=("pretty", "json"), default="pretty", help="what is printed (default: pretty)")


def add_power(power: argparse.ArgumentParser) -> None:
    """A cutoff, or a difference."""
    add = power.add_argument
    add(
        "--mean",
        type=types.share,
        metavar="SHARE",
        help="the true share of right answers; with --to: of the run before",
    )
    add("--cutoff", type=types.share, metavar="SHARE", help="how many datapoints pass it with --gate bound")
    add(
        "--to",
        type=types.share,
        metavar="SHARE",
        help="how many datapoints `compare` needs to find a share changed to this",
    )
    add(
        "--turning", type=types.share, metavar="SHARE", help="datapoints with another answer (default: as if by chance)"
    )
    add("--difference", type=float, metavar="NUMBER", help="a mean difference of scores")
    add("--deviation", type=float, metavar="NUMBER", help="standard deviation of the differences of single datapoints")
    add("--power", type=types.chance, metavar="SHARE", help="how often it is to be found (default: 0.8)")
    add("--datapoints", type=types.count, metavar="N", help="how often so many datapoints find it, instead")
    add("--format", choices=("pretty", "json"), default="pretty", help="what is printed (default: pretty)")


def add_check(check: argparse.ArgumentParser) -> None:
    """A configuration."""
    help_ = "the configuration, or its folder (default: evaluations.toml or tensorzero.toml in this folder)"
    check.add_argument("config", type=Path, nargs="?", metavar="CONFIG", help=help_)


def add_init(init: argparse.ArgumentParser) -> None:
    """A folder, and a model."""
    add = init.add_argument
    add("folder", type=Path, nargs="?", default=Path(), metavar="FOLDER", help="where (default: this folder)")
    add("--endpoint", default="http://localhost:8000/v1", metavar="URL", help="the model's address, as in the example")
    add("--model", default="arithmetic", metavar="NAME", help="the model's name there (default: arithmetic)")


def add_schema(schema: argparse.ArgumentParser) -> None:
    """Nothing."""


def add_export(export: argparse.ArgumentParser) -> None:
    """A run and a form."""
    add = export.add_argument
    add("folder", type=Path, metavar="FOLDER", help="of a run")
    add("--to", required=True, choices=EXPORTS, help="the form")
    add("--out", type=Path, metavar="FILE", help="where to (default: standard output)")


def add_completion(completion: argparse.ArgumentParser) -> None:
    """A shell."""
    completion.add_argument("shell", choices=SHELLS, help="for which shell; put what is printed where it looks")
