"""What an option's text may be: argparse says what is wrong with it."""

from __future__ import annotations

import argparse
import math


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
