"""What an option's text may be: argparse says what is wrong with it."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path

_SLICE = re.compile(r"([0-9]{0,18}):([0-9]{0,18})", re.ASCII)


def file(text: str) -> Path:
    """A file that is read or written; by this name completion knows what to offer."""
    return Path(source(text))


def folder(text: str) -> Path:
    """A folder."""
    return Path(source(text))


def source(text: str) -> str:
    """A file that is read, or `-` for standard input. An empty path would name this folder."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty: give one")
    return text


def part(text: str) -> str:
    """`START:STOP`, counted from 0; either may be left out, and there must be something between them."""
    found = _SLICE.fullmatch(text)
    if found is None or text == ":":
        raise argparse.ArgumentTypeError(f"{text!r} is no slice: give START:STOP, such as 0:100, START: or :STOP")
    if found[2] and int(found[1] or 0) >= int(found[2]):
        raise argparse.ArgumentTypeError(f"{text} holds nothing: STOP is the first that is left out, counted from 0")
    return text


def chance(text: str) -> float:
    """A share that is neither none nor all."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def count(text: str) -> int:
    """How many of something."""
    value = int(text)
    if not 1 <= value <= 10_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 10,000,000")
    return value


def share(text: str) -> float:
    """From none to all."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return value


def seconds(text: str) -> float:
    """A time above 0."""
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is no time above 0")
    return value


def places(text: str) -> int:
    """How many at once."""
    value = int(text)
    if not 1 <= value <= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 10,000")
    return value


def amount(text: str) -> float:
    """A sum of money above 0."""
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is no sum above 0")
    return value
