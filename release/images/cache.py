"""Layers kept between builds, by a key of what they were made from. An entry whose bytes changed counts as missing."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from release import durable
from release.model import Json
from release.oci.descriptor import digest_of, render
from release.oci.layer import Layer

_FORMAT = 1
"""Raised with every change of how layers are made, so that older entries are not used any more."""


@dataclass(frozen=True)
class Kept:
    """A layer, and what its maker wants to know about it later."""

    layer: Layer
    facts: Json


def key_of(*parts: Json) -> str:
    """A file name for what a layer is made from."""
    return sha256(render([_FORMAT, *parts])).hexdigest()


class LayerCache:
    """Layers in a folder; safe for several processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str, max_age: float = float("inf")) -> Kept | None:
        """The layer, if it is there, was kept in the last `max_age` seconds, and still has its sha256."""
        try:
            entry = json.loads(self._entry(key).read_bytes())
            data = self._blob(key).read_bytes()
            fresh = 0 <= time.time() - entry["made"] <= max_age
            same = digest_of(data) == entry["digest"]
            return Kept(Layer(data, entry["diff_id"]), entry["facts"]) if fresh and same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, kept: Kept) -> Kept:
        """Keep the layer, and give it back."""
        durable.write_bytes(self._blob(key), kept.layer.data)
        entry = {"digest": digest_of(kept.layer.data), "diff_id": kept.layer.diff_id, "facts": kept.facts}
        durable.write_bytes(self._entry(key), render({**entry, "made": time.time()}))
        return kept

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Wait until no other process makes a layer of this name."""
        durable.make_folder(self.folder)
        with (self.folder / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _entry(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _blob(self, key: str) -> Path:
        return self.folder / f"{key}.tar.gz"
