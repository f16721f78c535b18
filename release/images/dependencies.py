"""Wheels in layers: the hash-locked dependencies, and any wheel laid out where the image's Python looks for it."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile
from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement

from release.errors import BuildFailed, ConfigError
from release.oci.layer import Entry
from release.process import run

_PLATFORMS = (36, 35, 34, 31, 28, 27, 26, 24)
"""Of auditwheel's policies, the minor versions of glibc 2; pip adds what is older than 24 itself."""


@dataclass(frozen=True)
class Interpreter:
    """The Python of an image, and where it looks for what is installed."""

    python: str
    """Its version, such as 3.11."""
    path: str
    """Of the program, from the root with a leading slash."""
    packages: str
    """The last part of the folder in /usr/local that installed packages are in: that of Debian is another."""
    glibc: int
    """The minor version of the newest glibc 2 that wheels for it may need."""

    @property
    def library(self) -> str:
        """That folder."""
        return f"/usr/local/lib/python{self.python}/{self.packages}"


def of_debian(python: str) -> Interpreter:
    """The Python of Debian's own package, from Debian 12, which has glibc 2.36."""
    return Interpreter(python, f"/usr/bin/python{python}", "dist-packages", glibc=36)


def requirements(lock: Path, python: str, machine: str) -> tuple[str, ...]:
    """The lines of a hash lock that hold for this Python and machine, markers resolved; empty where none does.

    pip answers markers for the Python that it runs on, not for `--python-version`, so they are answered here.
    ConfigError names the file and the line that is not `NAME==VERSION --hash=...`.
    """
    environment = {
        **{key: str(value) for key, value in default_environment().items()},
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": machine,
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
    }
    kept = []
    joined = re.sub(r"\\\r?\n", " ", lock.read_text(encoding="utf-8"))
    for line in filter(None, (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines())):
        specification, *hashes = re.split(r"\s+(?=--hash=)", line)
        try:
            requirement = Requirement(specification)
        except InvalidRequirement:
            hashes = []
        if not hashes:
            raise ConfigError(
                f"this line locks nothing by hash: {line[:80]}",
                where=str(lock),
                do="write the lock with `uv pip compile --generate-hashes` or `pip-compile --generate-hashes`",
            )
        marker, requirement.marker = requirement.marker, None
        if marker is None or marker.evaluate(environment):
            kept.append(" ".join((str(requirement), *hashes)))
    return tuple(kept)


def download(lines: Sequence[str], interpreter: Interpreter, machine: str, destination: Path) -> list[Path]:
    """Fetch the wheels of these lines, compared by pip with their hashes, into `destination`.

    pip reads whole project pages on one core, so that several of them share the lines.
    """
    count = min(os.cpu_count() or 1, len(lines))
    with ThreadPoolExecutor(count) as pool:
        parts = [lines[start::count] for start in range(count)]
        list(pool.map(lambda part: _pip_download(part, interpreter, machine, destination), parts))
    return sorted(destination.glob("*.whl"))


def _pip_download(lines: Sequence[str], interpreter: Interpreter, machine: str, destination: Path) -> None:
    names = [*(f"manylinux_2_{minor}" for minor in _PLATFORMS if minor <= interpreter.glibc), "manylinux2014"]
    platforms = [f"--platform={name}_{machine}" for name in names]
    options = (
        "--require-hashes",
        "--only-binary=:all:",
        "--no-deps",
        "--no-input",
        f"--python-version={interpreter.python}",
    )
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as lock:
        lock.write("\n".join(lines) + "\n")
        lock.flush()
        run(
            [sys.executable, "-m", "pip", "download", *options, *platforms, "-r", lock.name, "-d", destination],
            do="look at the lock, at the network, and whether this Python has pip (python -m pip --version)",
        )


def installed(wheels: Iterable[Path], interpreter: Interpreter) -> dict[str, Entry]:
    """The tree of these wheels, installed where that Python looks, and in /usr/local/bin for scripts.

    BuildFailed where a wheel is damaged, or two of them have a file in one place.
    """
    library, python = interpreter.library, interpreter.python
    scheme = {"purelib": library, "platlib": library, "scripts": "/usr/local/bin", "data": "/usr/local"}
    with tempfile.TemporaryDirectory() as folder:
        for wheel in wheels:
            destination = SchemeDictionaryDestination(
                {**scheme, "headers": f"/usr/local/include/python{python}/{wheel.name.split('-', 1)[0]}"},
                interpreter=interpreter.path,
                script_kind="posix",
                destdir=folder,
            )
            try:
                with WheelFile.open(wheel) as source:
                    install(source, destination, {"INSTALLER": b"release\n"})
            except Exception as error:
                raise BuildFailed(
                    f"{wheel.name} cannot be installed into the image: {error}",
                    where=str(wheel),
                    do="check the wheel with `python -m twine check --strict`; look for two wheels with one file",
                ) from error
        files = (path for path in Path(folder).rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): _entry(path) for path in files}


def _entry(path: Path) -> Entry:
    # The umask of this process has no say.
    return Entry(mode=0o755 if path.stat().st_mode & 0o100 else 0o644, data=path.read_bytes())
