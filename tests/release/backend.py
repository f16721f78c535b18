"""A PEP 517 backend in one file, which sample projects carry: real builds in a third of setuptools' time.

It writes the same members that setuptools would, in the same formats; tests that need a bad build change this text.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

NAME = "sample_project"
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))


def _version() -> str:
    if Path("PKG-INFO").exists():
        lines = Path("PKG-INFO").read_text().splitlines()
        return next(line.partition(": ")[2] for line in lines if line.startswith("Version: "))
    from setuptools_scm import get_version  # noqa: PLC0415 - an sdist is built without it

    return str(get_version())


def _metadata(version: str) -> str:
    readme = next(Path().glob("README.*"))
    kind = {".md": "text/markdown", ".rst": "text/x-rst"}[readme.suffix]
    head = f"Metadata-Version: 2.4\nName: sample-project\nVersion: {version}\nSummary: A project to be released\n"
    head += f"License-Expression: Apache-2.0\nRequires-Python: >=3.10\nDescription-Content-Type: {kind}\n"
    return f"{head}\n{readme.read_text()}"


def _package() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path("sample").glob("*.py"))}


def build_sdist(sdist_directory: str, config_settings: Mapping[str, str] | None = None) -> str:
    """Write the sdist into the folder and return its name."""
    version = _version()
    files = {name: Path(name).read_bytes() for name in ("pyproject.toml", "backend.py")}
    files |= _package() | {path.name: path.read_bytes() for path in Path().glob("README.*")}
    files["PKG-INFO"] = _metadata(version).encode()
    top = f"{NAME}-{version}"
    packed = gzip.GzipFile(Path(sdist_directory, f"{top}.tar.gz"), "wb", mtime=EPOCH)
    with packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in sorted(files.items()):
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size, info.mtime = len(data), EPOCH
            archive.addfile(info, io.BytesIO(data))
    return f"{top}.tar.gz"


def build_wheel(
    wheel_directory: str, config_settings: Mapping[str, str] | None = None, metadata_directory: str | None = None
) -> str:
    """Write the wheel into the folder and return its name."""
    version = _version()
    info = f"{NAME}-{version}.dist-info"
    files = _package()
    files["sample/built.py"] = f"BUILT = {EPOCH}\n".encode()
    files[f"{info}/METADATA"] = _metadata(version).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/entry_points.txt"] = b"[console_scripts]\nsample = sample:main\n"
    rows = [f"{name},sha256={_encoded(data)},{len(data)}\n" for name, data in files.items()]
    files[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
    name = f"{NAME}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    return name


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
