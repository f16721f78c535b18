"""Makes an image of a release out of what an engine built: times fixed, labels ours, checked."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import PurePosixPath

from release.errors import BuildFailed
from release.images.bases import Base
from release.images.manifest import ImageSpec, assemble
from release.model import Artifact, Json
from release.oci.archive import Saved
from release.oci.contents import Tree, stat
from release.oci.descriptor import digest_of
from release.oci.layer import EPOCH, Layer, compress
from release.oci.layout import Layout

_KEPT = ("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "StopSignal")
"""What image-spec (config.md) knows of how an image is run; labels are merged."""
_XATTR = "SCHILY.xattr."
"""How pax headers of extended attributes begin."""
_FOREIGN = ("io.buildah.version",)
"""Labels that an engine adds by itself: with its next version the same image would have another digest."""


def adopt(spec: ImageSpec, saved: Saved, base: Base | None, layout: Layout) -> Artifact:
    """Write a saved image into `layout` as the image of `spec`. BuildFailed where it is run otherwise than configured.

    The base's layers stay as they are, byte for byte; all others are `normalised`, and left out where they are empty.
    """
    config = saved.config.get("config") or {}
    below = base.layers if base else ()
    diff_ids = saved.config["rootfs"]["diff_ids"]
    if [made.diff_id for made in below] != diff_ids[: len(below)]:
        do = "begin the last stage of the Containerfile with FROM ${BASE}"
        raise BuildFailed("the image is not built on the configured base", where="tool.release.image.base", do=do)
    _check(spec, config)
    tree = deepcopy(base.tree) if base else Tree()
    above = [made for tar in saved.tars[len(below) :] if (made := normalised(tar, tree)) is not None]
    titled = [
        *((f"base, layer {number}", made) for number, made in enumerate(below, 1)),
        *((f"Containerfile, layer {number}", made) for number, made in enumerate(above, 1)),
    ]
    kept = {key: config[key] for key in _KEPT if config.get(key)}
    labels = {key: text for key, text in (config.get("Labels") or {}).items() if key not in _FOREIGN}
    whole = {**kept, "Labels": {**labels, **spec.labels}}
    return assemble(spec, saved.config["architecture"], titled, layout, whole)


def normalised(data: bytes, tree: Tree) -> Layer | None:
    """The same layer with one time for all, in the order of its paths; None where nothing is left. `tree` grows by it.

    Engines write the moment of the build into it. Some name folders that have not changed, and others do not: these go.
    """
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        # A hard link has to come after the file that it names.
        members = sorted(tar.getmembers(), key=lambda member: (member.islnk(), PurePosixPath(member.name)))
        members = [member for member in members if not _unchanged(member, tree)]
        tree.add(members)
        if not members:
            return None
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as output:
            for member in members:
                file = tar.extractfile(member) if member.isreg() else None
                member.name = str(PurePosixPath(member.name))
                member.mtime, member.uname, member.gname = EPOCH, "", ""
                member.pax_headers = {key: value for key, value in member.pax_headers.items() if key.startswith(_XATTR)}
                output.addfile(member, file)
    return Layer(compress(buffer.getvalue()), digest_of(buffer.getvalue()))


def _unchanged(member: tarfile.TarInfo, tree: Tree) -> bool:
    known = tree.folders.get(str(PurePosixPath(member.name)))
    return member.isdir() and stat(member) == known and not any(key.startswith(_XATTR) for key in member.pax_headers)


def _check(spec: ImageSpec, config: Mapping[str, Json]) -> None:
    where = str(spec.containerfile)
    user = config.get("User") or "0"
    if user not in (f"{spec.user}", f"{spec.user}:{spec.user}"):
        do = f"write USER {spec.user}:{spec.user} in its last stage, or set tool.release.image.user"
        raise BuildFailed(f"the image runs as user {user}, and {spec.user} is configured", where=where, do=do)
    entry: Sequence[str] = config.get("Entrypoint") or ()
    if not entry or PurePosixPath(entry[0]).name != spec.command:
        do = f'write ENTRYPOINT ["/path/of/{spec.command}"], or set tool.release.command'
        raise BuildFailed(f"the image's entry point is {list(entry)}, not {spec.command}", where=where, do=do)
    if config.get("Cmd"):
        do = "write CMD [] after ENTRYPOINT"
        raise BuildFailed(f"the image adds {config['Cmd']} to every call of {spec.command}", where=where, do=do)
