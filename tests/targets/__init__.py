"""Tests of the targets; here are the small real distributions that they publish."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

from release.model import Artifact, Fence, Listed, Listing
from release.targets.static_index import StaticIndex

PROJECT = "demo-project"
PUBLISHED = "2026-11-23T05:00:00Z"
FREE = Fence(1, lambda: None)


def make_wheel(folder: Path, version: str, *, requires_python: str | None = None) -> Artifact:
    """A valid wheel of PROJECT in `folder`, with METADATA, WHEEL and RECORD."""
    info = f"demo_project-{version}.dist-info"
    metadata = _metadata(version, requires_python)
    members = {
        "demo_project.py": f"VERSION = {version!r}\n".encode(),
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{name},{_record_hash(data)},{len(data)}" for name, data in members.items()]
    members[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    path = folder / f"demo_project-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return _artifact("wheel", path, requires_python, hashlib.sha256(metadata).hexdigest())


def make_sdist(folder: Path, version: str) -> Artifact:
    """An sdist of PROJECT in `folder` whose build would fail, so that a resolver which builds it is found out."""
    path = folder / f"demo_project-{version}.tar.gz"
    members = {"PKG-INFO": _metadata(version, None), "pyproject.toml": b"[build-system]\nrequires = ['not-there']\n"}
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(f"demo_project-{version}/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return _artifact("sdist", path, None, None)


def make_release(index: StaticIndex, folder: Path, version: str, *, requires_python: str | None = None) -> Listed:
    """A release of a wheel and an sdist that are in the pool of `index`; `folder` keeps the files."""
    folder.mkdir(exist_ok=True)
    artifacts = (make_wheel(folder, version, requires_python=requires_python), make_sdist(folder, version))
    for artifact in artifacts:
        index.put(artifact, folder / artifact.name, FREE)
    return Listed(version, artifacts, PUBLISHED)


def withdraw(listed: Listed, reason: str) -> Listed:
    """The same release, withdrawn."""
    return Listed(listed.version, listed.artifacts, listed.published, reason)


def publish(index: StaticIndex, *releases: Listed, channel: str = "stable") -> Listing:
    """Point a channel to these releases."""
    listing = Listing(releases)
    index.point(channel, listing, FREE)
    return listing


def _metadata(version: str, requires_python: str | None) -> bytes:
    requires = f"Requires-Python: {requires_python}\n" if requires_python else ""
    return f"Metadata-Version: 2.2\nName: {PROJECT}\nVersion: {version}\n{requires}".encode()


def _record_hash(data: bytes) -> str:
    return f"sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()}"


def _artifact(kind: str, path: Path, requires_python: str | None, metadata_sha256: str | None) -> Artifact:
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    return Artifact(
        "wheel" if kind == "wheel" else "sdist", path.name, sha256, len(data), requires_python, metadata_sha256
    )
