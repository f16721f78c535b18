"""How the parts that make a request say that a datapoint does not fit; `prepare` hands it on as a value."""

from __future__ import annotations

from evaluations.errors import Complaint


class UnfitError(Exception):
    """The datapoint lacks something for this target."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.complaint = Complaint(what, do)
