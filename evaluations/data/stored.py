"""Datapoints as bytes: for the sum that names what was run, and for a temporary file."""

from __future__ import annotations

import msgspec

from evaluations.model import Datapoint, Json

_sorted = msgspec.json.Encoder(order="deterministic").encode
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def canonical(datapoint: Datapoint) -> bytes:
    """The same bytes for the same datapoint: a JSON list of its fields, keys in order, and a line break."""
    return _sorted(_fields(datapoint)) + b"\n"


def store(datapoint: Datapoint) -> bytes:
    """A line that `restore` reads; keys stay in the order that the data set gave them."""
    return _encode(_fields(datapoint)) + b"\n"


def restore(line: bytes) -> Datapoint:
    """The datapoint that was stored."""
    identity, given, reference, group, tags, metadata = _decode(line)
    return Datapoint(identity, given, reference, group, tuple(tags), metadata or {})


def _fields(datapoint: Datapoint) -> tuple[Json, ...]:
    metadata = datapoint.metadata
    return (
        datapoint.id,
        datapoint.input,
        datapoint.reference,
        datapoint.group,
        datapoint.tags,
        metadata if type(metadata) is dict or not metadata else dict(metadata),
    )
