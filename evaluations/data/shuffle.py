"""A data set in random order, in 12 bytes of memory for each datapoint."""

from __future__ import annotations

import random
import tempfile
from array import array
from collections.abc import Iterator

from evaluations.data.dataset import Contents, Dataset
from evaluations.data.stored import restore, store
from evaluations.errors import DatasetError
from evaluations.model import Datapoint


def shuffled(dataset: Dataset, contents: Contents, seed: int) -> Iterator[Datapoint]:
    """The datapoints of a checked data set; the same seed gives the same order on every machine.

    Data sets are often sorted, and the first half then says nothing about the second. They are copied to a temporary
    file first, whatever the format. Raises ChangedDatasetError, before the first datapoint, where the data set is not
    what was checked; and DatasetError where the temporary folder has no room.
    """
    places = array("Q")
    with tempfile.TemporaryFile() as file:
        place = 0
        try:
            for datapoint in dataset.checked(contents):
                places.append(place)
                place += file.write(store(datapoint))
            file.flush()
        except OSError as error:
            raise DatasetError(
                f"the data set can't be copied: {error.strerror}",
                where=tempfile.gettempdir(),
                do="make room there, or set TMPDIR to another folder",
            ) from None
        order = array("I", range(len(places)))
        random.Random(seed).shuffle(order)  # noqa: S311 - no secret
        for index in order:
            file.seek(places[index])
            yield restore(file.readline())
