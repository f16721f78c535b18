"""Unpacking an image's layers into a folder (image-spec, layer.md): nothing lands outside, whoever made the layers."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from release.errors import VerifyFailed
from release.oci.layers import tar_of
from release.oci.layout import Image, Layout

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


def unpack(layout: Path, digest: str, rootfs: Path) -> Image:
    """Unpack the image of that manifest digest into the new or empty folder `rootfs`, every blob verified.

    Files belong to whoever calls this; set-user-id bits are dropped. VerifyFailed where a layer reaches out of
    `rootfs`, goes through a link, or holds a device.
    """
    rootfs.mkdir(parents=True, exist_ok=True)
    if any(rootfs.iterdir()):
        raise VerifyFailed("an image can only be unpacked into an empty folder", where=str(rootfs), do="empty it")
    source = Layout(layout)
    image = source.image(digest)
    tree = _Tree(rootfs)
    for layer, diff_id in zip(image.layers, image.config["rootfs"]["diff_ids"], strict=True):
        tree.add(tar_of(source, layer, diff_id), str(source.path(layer.digest)))
    tree.finish()
    return image


class _Tree:
    """What has been unpacked so far, by path and kind, so that no answer depends on following a link on disk."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kinds: dict[str, bytes] = {".": tarfile.DIRTYPE}
        self._modes: dict[str, int] = {}

    def add(self, data: bytes, where: str) -> None:
        """Lay one layer over those before it. Its whiteouts concern only the layers below."""
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            members = [(self._path(member.name, where), member) for member in tar.getmembers()]
            for path, _member in members:
                folder, name = path.parent, path.name
                if name == _OPAQUE:
                    for child in [key for key in self._kinds if key != "." and PurePosixPath(key).parent == folder]:
                        self._remove(child)
                elif name.startswith(_WHITEOUT):
                    self._remove(str(folder / name.removeprefix(_WHITEOUT)))
            for path, member in members:
                if not path.name.startswith(_WHITEOUT):
                    self._place(tar, str(path), member, where)

    def finish(self) -> None:
        """Give the folders their modes; their owner may always go in and write, so that they can be removed again."""
        for path, mode in self._modes.items():
            if self._kinds.get(path) == tarfile.DIRTYPE:
                (self._root / path).chmod(mode | 0o700)

    @staticmethod
    def _path(name: str, where: str) -> PurePosixPath:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\0" in name:
            raise VerifyFailed(f"the layer's member {name!r} leads out of the image", where=where, do="do not use it")
        return path

    def _place(self, tar: tarfile.TarFile, path: str, member: tarfile.TarInfo, where: str) -> None:
        if path == "." and not member.isdir():
            raise VerifyFailed("the layer has a root that is no folder", where=where, do="do not use it")
        self._parents(PurePosixPath(path).parent, where)
        if not (member.isdir() and self._kinds.get(path) == tarfile.DIRTYPE):
            self._remove(path)
        target = self._root / path
        if member.isdir():
            target.mkdir(exist_ok=True)
            self._modes[path] = member.mode & 0o1777
        elif member.issym():
            target.symlink_to(member.linkname)
        elif member.islnk():
            original = str(self._path(member.linkname, where))
            if self._kinds.get(original) != tarfile.REGTYPE:
                raise VerifyFailed(f"{path} is a link to {original}, which is no file of the image", where=where)
            os.link(self._root / original, target, follow_symlinks=False)
        elif member.isreg():
            file = tar.extractfile(member)
            with target.open("xb") as output:
                output.write(file.read() if file else b"")
                os.fchmod(output.fileno(), member.mode & 0o777)
        else:
            raise VerifyFailed(f"{path} is a device or a pipe", where=where, do="build the image without it")
        self._kinds[path] = (
            tarfile.DIRTYPE if member.isdir() else tarfile.SYMTYPE if member.issym() else tarfile.REGTYPE
        )

    def _parents(self, folder: PurePosixPath, where: str) -> None:
        kind = self._kinds.get(str(folder))
        if kind is None:
            self._parents(folder.parent, where)
            (self._root / folder).mkdir()
            self._kinds[str(folder)], self._modes[str(folder)] = tarfile.DIRTYPE, 0o755
        elif kind != tarfile.DIRTYPE:
            do = "do not use this image, or build it with real paths in its layers"
            raise VerifyFailed(f"the layer has a member below {folder}, which is no folder", where=where, do=do)

    def _remove(self, path: str) -> None:
        kind = self._kinds.get(path)
        if kind is None or path == ".":
            return
        if kind == tarfile.DIRTYPE:
            shutil.rmtree(self._root / path)
        else:
            (self._root / path).unlink()
        for key in [key for key in self._kinds if key == path or key.startswith(f"{path}/")]:
            del self._kinds[key]
