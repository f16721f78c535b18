"""What a user of an index gets, found out with the programs that users have: pip, and uv where it is installed.

Both are shut off from everything but the index that is named: no configuration file, no variable of the environment, no
cache and no second index has a say. Neither builds anything, so a wrong index can't run code on this machine.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from release import archives
from release.credentials import Credentials
from release.errors import CommandFailed, ConfigError, VerifyFailed
from release.model import Listed
from release.process import clean_environment, run

_TIMEOUT = 300.0
_DO = "keep users on what they have; see what the index's pages list, and release again or roll back"


@dataclass(frozen=True)
class Resolved:
    """What a resolver chose."""

    version: str
    sha256: frozenset[str]
    """Of every file that the index lists for the version."""


def obtain_wheel(
    index: str, project: str, expected: Listed, destination: Path, *, pinned: bool, who: Credentials | None = None
) -> Path:
    """The wheel that pip downloads from `index` into the empty folder `destination`, proven to be one of `expected`.

    `who` is as whom they read.
    Without a pin uv must choose the same, where it is installed. A release that this Python can't install is not proven
    by it: that is VerifyFailed too, rather than a Python that is only pretended.
    """
    wheels = {artifact.name: artifact for artifact in expected.artifacts if artifact.kind == "wheel"}
    for wheel in wheels.values():
        if not SpecifierSet(wheel.requires_python or "").contains(platform.python_version(), prereleases=True):
            raise VerifyFailed(
                f"{wheel.name} requires Python {wheel.requires_python}, this is {platform.python_version()}",
                where=index,
                do="run the engine with a Python that the project supports",
            )
    requirement = f"{project}=={expected.version}" if pinned else project
    prereleases = Version(expected.version).is_prerelease
    path = pip_download(index, requirement, destination, prereleases=prereleases, who=who)
    sha256 = archives.sha256(path)
    if path.name not in wheels or wheels[path.name].sha256 != sha256:
        raise _differs("pip", f"{path.name} (sha256 {sha256})", expected, index)
    resolved = None if pinned else uv_resolve(index, requirement, prereleases=prereleases, who=who)
    known = {artifact.sha256 for artifact in expected.artifacts}
    listed = resolved.sha256 if resolved else frozenset()  # empty where the pages say no hash: pip's bytes are proof
    if resolved and not (resolved.version == expected.version and listed <= known and (sha256 in listed or not listed)):
        raise _differs("uv", f"{resolved.version} (sha256 {', '.join(sorted(resolved.sha256))})", expected, index)
    return path


def pip_download(
    index: str, requirement: str, destination: Path, *, prereleases: bool, who: Credentials | None = None
) -> Path:
    """The wheel that pip takes from `index`, downloaded into the empty folder `destination`.

    VerifyFailed where pip finds none for this Python, or where the bytes don't have the sha256 of the page.
    """
    argv = [
        *(sys.executable, "-m", "pip", "download", "--isolated", "--no-input", "--no-cache-dir"),
        *("--disable-pip-version-check", "--progress-bar", "off", "--no-deps", "--only-binary", ":all:"),
        *("--index-url", index, "--dest", str(destination), *(["--pre"] if prereleases else []), "--", requirement),
    ]
    # Python would run a pip.py of the current folder; the destination is empty.
    with _netrc(index, who) as netrc:
        _answer("pip", argv, index, cwd=destination, env=clean_environment(PIP_CONFIG_FILE=os.devnull, NETRC=netrc))
    files = list(destination.iterdir())
    if len(files) != 1:
        names = ", ".join(sorted(file.name for file in files)) or "nothing"
        raise VerifyFailed(f"pip left {names} where one wheel was wanted", where=index, do=_DO)
    return files[0]


def uv_resolve(index: str, requirement: str, *, prereleases: bool, who: Credentials | None = None) -> Resolved | None:
    """What uv chooses from `index` for this Python; None where no `uv` is beside this Python or on PATH.

    VerifyFailed where uv finds nothing.
    """
    places = (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))
    uv = shutil.which("uv", path=os.pathsep.join(places))
    if uv is None:
        return None
    argv = [
        *(uv, "pip", "compile", "--no-config", "--no-cache", "--no-header", "--no-annotate", "--color", "never"),
        *("--no-deps", "--only-binary", ":all:", "--generate-hashes", "--python", sys.executable),
        *("--prerelease", "allow" if prereleases else "if-necessary", "--index-url", index, "-"),
    ]
    with _netrc(index, who) as netrc:
        output = _answer("uv", argv, index, env=clean_environment(NETRC=netrc), stdin=f"{requirement}\n".encode())
    chosen = re.search(r"^[\w.-]+==([^\s\\;]+)", output, re.MULTILINE)
    if chosen is None:
        raise VerifyFailed(f"uv named no version of {requirement}:\n{output}", where=index, do=_DO)
    return Resolved(chosen[1], frozenset(re.findall(r"sha256:([0-9a-f]{64})", output)))


@contextmanager
def _netrc(index: str, who: Credentials | None) -> Iterator[str]:
    """The path of a netrc file for the index alone, which both read; an empty one, so that the user's has no say.

    A password is on no command line that way, and in no URL that is printed. ConfigError where it can't be written in
    such a file, which has words between blanks and knows no escapes that both readers understand.
    """
    if who is None:
        yield os.devnull
        return
    if re.search(r"[\s\"#\\]", who.username + who.password):
        raise ConfigError(
            "a password for an index that is read from may have no blank, quote, # or backslash", where=index,
            do="choose another one: pip and uv read it from a netrc file, which has no sign for these",
        )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="netrc-") as folder:  # of mode 0700
        path = Path(folder) / "netrc"
        path.touch(0o600)
        path.write_text(f"machine {urlsplit(index).hostname}\nlogin {who.username}\npassword {who.password}\n")
        yield str(path)


def _answer(
    program: str,
    argv: Sequence[str],
    index: str,
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    stdin: bytes | None = None,
) -> str:
    try:
        return run(argv, cwd=cwd, env=env, stdin=stdin, timeout=_TIMEOUT)
    except CommandFailed as error:
        raise VerifyFailed(f"{program} gets nothing from {index}: {error.what}", where=error.where, do=_DO) from error


def _differs(program: str, chosen: str, expected: Listed, index: str) -> VerifyFailed:
    wanted = ", ".join(f"{a.name} (sha256 {a.sha256})" for a in expected.artifacts if a.kind == "wheel") or "no wheel"
    return VerifyFailed(f"{program} gives {chosen}, where {expected.version} has {wanted}", where=index, do=_DO)
