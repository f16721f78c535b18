"""The archive that `docker save` writes and `docker load` reads, as podman and buildah do (moby's image spec v1.2)."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

from release.errors import BuildFailed
from release.model import Json
from release.oci.layer import EPOCH
from release.oci.layers import tars
from release.oci.layout import Image, Layout


@dataclass(frozen=True)
class Saved:
    """An image out of an archive."""

    config: Json
    """The whole config, with `diff_ids` for the layers."""
    tars: tuple[bytes, ...]
    """From the lowest to the highest, not compressed."""


def write(layout: Layout, image: Image, name: str, path: Path) -> None:
    """Write an image under a name such as `localhost/sample:1.2.0`; nothing but its layers' compression changes."""
    config = f"{image.config_descriptor.digest.removeprefix('sha256:')}.json"
    layers: list[str] = []
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for made, tar in tars(layout, image):
            layers.append(f"{made.diff_id.removeprefix('sha256:')}.tar")
            if layers[-1] not in layers[:-1]:
                _add(archive, layers[-1], tar)
        _add(archive, config, layout.read(image.config_descriptor.digest))
        listed = [{"Config": config, "RepoTags": [name], "Layers": layers}]
        _add(archive, "manifest.json", json.dumps(listed).encode())


def read(path: Path) -> Saved:
    """The one image of an archive. BuildFailed where it has another shape."""
    try:
        with tarfile.open(path) as archive:
            (listed,) = json.loads(_member(archive, "manifest.json"))
            config = json.loads(_member(archive, listed["Config"]))
            found = tuple(_member(archive, name) for name in listed["Layers"])
        if len(found) != len(config["rootfs"]["diff_ids"]):
            raise ValueError("as many diff_ids as layers")  # noqa: TRY301
    except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
        do = "look at the engine's version; docker from 20.10 and podman from 4.3 are known to work"
        raise BuildFailed(f"the engine's archive has no image ({error!r})", where=str(path), do=do) from None
    return Saved(config, found)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime = len(data), EPOCH
    archive.addfile(member, io.BytesIO(data))


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)  # it follows docker's links from one layer to an equal one
    if file is None:
        raise KeyError(name)
    return file.read()
