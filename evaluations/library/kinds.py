"""What a program may give for a data set, for a variant, and for a function that scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from evaluations.data.dataset import Dataset
from evaluations.data.records import Record
from evaluations.data.specs import DatasetSpec
from evaluations.model import Answer, Datapoint
from evaluations.targets import Target

AnyDataset = str | Path | DatasetSpec | Dataset | Iterable[Record]
"""A file by its path, a specification, an open data set, or the records themselves."""

AnyVariant = Target | Callable[[Any], Any]
"""What is asked: a target, or a function, async or not, from an input to a text, an object or an Answer."""

Function = Callable[[Datapoint, Answer], Any]
"""Scores an answer: a number on the scale, yes or no, or a Rating with one of these. Async or not."""
