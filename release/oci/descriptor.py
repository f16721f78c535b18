"""The words of OCI layouts (image-spec v1.1): digests, descriptors, and the index that names images."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from release.commands import command
from release.errors import Tampered
from release.model import Json

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
REF_NAME = "org.opencontainers.image.ref.name"
CHECKSUM = "release.manifests.sha256"
"""Annotation of index.json: the sha256 of its list, since a wrong letter in a name would not show otherwise."""

DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


def restore() -> str:
    """What to do about bytes that are not what their name says."""
    return f"{command('repair')} sets it aside and brings the right bytes back"


def render(value: Json) -> bytes:
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(data: bytes) -> str:
    """`sha256:` and the hexadecimal sha256."""
    return f"sha256:{sha256(data).hexdigest()}"


@dataclass(frozen=True)
class Descriptor:
    """What points to a blob (image-spec, descriptor.md)."""

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, media_type: str, data: bytes) -> Descriptor:
        """The descriptor of these bytes."""
        return cls(media_type, digest_of(data), len(data))

    def to_json(self) -> dict[str, Json]:
        """As in a manifest or an index."""
        data: dict[str, Json] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        return {**data, "annotations": dict(self.annotations)} if self.annotations else data

    @classmethod
    def from_json(cls, data: Json) -> Descriptor:
        """The reverse of `to_json`; KeyError, TypeError or ValueError where the shape is another."""
        digest, size, annotations = data["digest"], data["size"], data.get("annotations", {})
        if not (isinstance(digest, str) and DIGEST.fullmatch(digest) and type(size) is int):
            raise ValueError(digest)
        return cls(str(data["mediaType"]), digest, size, {str(key): str(annotations[key]) for key in annotations})


def parse_index(data: bytes, where: Path) -> dict[str, Descriptor]:
    """The named manifests of an index.json; unnamed ones are left out. Tampered where the shape is another."""
    try:
        index = json.loads(data)
        descriptors = [Descriptor.from_json(entry) for entry in index["manifests"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Tampered(f"this is not an OCI index ({error!r})", where=str(where), do=restore()) from None
    return {entry.annotations[REF_NAME]: entry for entry in descriptors if REF_NAME in entry.annotations}


def render_index(names: Mapping[str, Descriptor]) -> bytes:
    """The one spelling of an index.json with these names, with a checksum over its list."""
    entries = [
        {**entry.to_json(), "annotations": {**entry.annotations, REF_NAME: name}}
        for name, entry in sorted(names.items())
    ]
    return _index_of(render(entries))


def is_whole(index: bytes) -> bool:
    """Whether an index.json is, in every byte, as `render_index` wrote it; thousands of names are not spelled anew."""
    return index == _index_of(index.partition(b'"manifests":')[2].rpartition(b',"mediaType":')[0])


def _index_of(listed: bytes) -> bytes:
    around = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [],
        "annotations": {CHECKSUM: sha256(listed).hexdigest()},
    }
    return render(around).replace(b"[]", listed)  # thousands of names are not spelled twice
