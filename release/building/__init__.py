"""One build: a source tree becomes an sdist, and that sdist becomes a wheel. The same bytes for the same tree."""

from __future__ import annotations

import hashlib
import re
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from pathlib import Path

from release.archives import members, sha256
from release.building.sdist import normalise, unpack
from release.commands import command
from release.errors import BuildFailed, CommandFailed
from release.model import Artifact, ArtifactKind
from release.process import clean_environment, run


def build(
    python: Path, source: Path, work: Path, epoch: int, *, log: Path | None = None, **surroundings: str
) -> list[Path]:
    """Build `source` with the tools of `python` in the empty folder `work`; the sdist and the wheel, in this order.

    `epoch` becomes SOURCE_DATE_EPOCH. `surroundings` are environment variables that must not make a difference.
    """
    env = clean_environment(SOURCE_DATE_EPOCH=str(epoch), **_compiling(work), **surroundings)
    backend = (python, "-m", "build", "--no-isolation")
    try:
        run((*backend, "--sdist", "--outdir", work / "dist", source), env=env, log=log)
        sdist = _one(work / "dist", "*.tar.gz")
        normalise(sdist, epoch)
        (work / "unpacked").mkdir()
        tree = unpack(sdist, work / "unpacked")
        run((*backend, "--wheel", "--outdir", work / "dist", tree), env=env, log=log)
    except CommandFailed as error:
        lacks = any(
            words in error.what for words in ("Missing dependencies", "is not available", "No module named build")
        )
        do = f"add what is missing to the lock of the build tools; {command('doctor')} has the command" if lacks else ""
        do = do or f"mend the build; it runs alone with: {command('build')}"
        raise BuildFailed(error.what, where=error.where, do=do) from error
    return [sdist, _one(work / "dist", "*.whl")]


def _compiling(work: Path) -> dict[str, str]:
    """Compilers write the build's folder into debug information; mapped away, an extension is the same anywhere.

    CPPFLAGS, since setuptools takes CFLAGS in place of Python's own flags, optimisation included. Build tools part it
    at spaces, so a folder with one in its name can't be told to the compiler.
    """
    return {} if re.search(r"\s", str(work)) else {"CPPFLAGS": f"-ffile-prefix-map={work}=."}


def _one(folder: Path, pattern: str) -> Path:
    """The one file of that kind that the backend has written."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        names = ", ".join(path.name for path in folder.glob("*")) or "nothing"
        raise BuildFailed(
            f"the build left {names} where one {pattern} was wanted", where="[build-system]",
            do="let the backend write one sdist as .tar.gz (PEP 625) and one wheel",
        )  # fmt: skip
    return found[0]


def check(files: Sequence[Path], *, log: Path | None = None) -> None:
    """Have twine look at the metadata and the description, as an index would. BuildFailed where it refuses them."""
    try:
        twine = (sys.executable, "-m", "twine", "--no-color")
        run((*twine, "check", "--strict", *files), env=clean_environment(), log=log)
    except CommandFailed as error:
        do = "mend the project's description or metadata"
        raise BuildFailed(error.what, where=error.where, do=do) from error


def describe(path: Path) -> Artifact:
    """The artifact that a built file is."""
    kind: ArtifactKind = "wheel" if path.suffix == ".whl" else "sdist"
    metadata = wheel_metadata(path) if kind == "wheel" else _sdist_metadata(path)
    requires = BytesHeaderParser().parsebytes(metadata)["Requires-Python"]
    digest = hashlib.sha256(metadata).hexdigest() if kind == "wheel" else None
    return Artifact(kind, path.name, sha256(path), path.stat().st_size, requires, digest)


def version_of(wheel: Path) -> str:
    """The version that a wheel says it is."""
    return str(BytesHeaderParser().parsebytes(wheel_metadata(wheel))["Version"])


def wheel_metadata(path: Path) -> bytes:
    """The METADATA file of a wheel."""
    with zipfile.ZipFile(path) as archive:
        name = next(
            name for name in archive.namelist() if name.count("/") == 1 and name.endswith(".dist-info/METADATA")
        )
        return archive.read(name)


def _sdist_metadata(path: Path) -> bytes:
    with tarfile.open(path) as archive:
        member = min((name for name in archive.getnames() if name.endswith("/PKG-INFO")), key=len)
        file = archive.extractfile(member)
        return file.read() if file else b""


def differences(one: Path, other: Path) -> list[str]:
    """The members in which two archives of the same kind differ; empty only where the bytes are equal."""
    if sha256(one) == sha256(other):
        return []
    first, second = dict(members(one)), dict(members(other))
    names = sorted(first.keys() | second.keys())
    found = [name for name in names if first.get(name) != second.get(name)]
    return found or ["(the archive's own headers)"]
