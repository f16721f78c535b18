"""JSON Lines: one JSON object on each line. Lines that are empty are left out, but counted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from evaluations.data.formats import LONGEST, Record
from evaluations.data.strict_json import UNSURE, explain, quick, strict
from evaluations.data.utf8 import decode
from evaluations.errors import DatasetError

SHAPE = 'each line is one whole JSON object: {"id": "optional", "input": "question", "reference": "answer"}'


class JsonLines:
    """A file of JSON Lines."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._start = file.tell()

    def records(self, digest: hashlib._Hash) -> Iterator[Record]:
        self._file.seek(self._start)
        number = 0
        while line := self._file.readline(LONGEST + 1):
            number += 1
            if len(line) > LONGEST:
                raise DatasetError(
                    f"the line is longer than {LONGEST >> 20} MiB",
                    where=self.where(number, number),
                    do="put one JSON object on each line, with a line break after each",
                )
            digest.update(line)
            value = quick(line)
            if value is UNSURE:
                text = decode(line, self.where(number, number))
                if not text.strip():
                    continue
                try:
                    value = strict(text)
                except ValueError as error:
                    raise DatasetError(explain(error), where=self.where(number, number), do=SHAPE) from None
            yield number, number, value

    def where(self, number: int, line: int) -> str:
        del number
        return f"{self._name}, line {line}"
