"""A data set in random order, in 28 bytes of memory for each datapoint."""

from __future__ import annotations

import hashlib
import random
from array import array
from collections.abc import Iterator

from evaluations.datapoints import parse_line
from evaluations.dataset import Contents, Dataset
from evaluations.errors import DatasetError
from evaluations.model import Datapoint


def shuffled(dataset: Dataset, contents: Contents, seed: int) -> Iterator[Datapoint]:
    """The datapoints of a checked data set; the same seed gives the same order on every machine.

    Data sets are often sorted, and the first half then says nothing about the second. Raises ChangedDatasetError where
    the data set is not what was checked.
    """
    numbers, places, digests = array("Q"), array("Q"), array("Q")
    whole = hashlib.sha256()
    try:
        for number, place, line in dataset.lines():
            whole.update(line)
            if line.strip():
                numbers.append(number)
                places.append(place)
                digests.append(_digest(line))
    except DatasetError:
        raise dataset.changed() from None
    if whole.hexdigest() != contents.sha256:
        raise dataset.changed()
    order = array("I", range(len(numbers)))
    random.Random(seed).shuffle(order)  # noqa: S311 - no secret
    for index in order:
        line = dataset.line_at(places[index])
        if _digest(line) != digests[index]:
            raise dataset.changed()
        datapoint = parse_line(line, numbers[index], dataset.name)
        if datapoint is not None:
            yield datapoint


def _digest(line: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "big")
