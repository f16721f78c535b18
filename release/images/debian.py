"""The base layer: Debian packages merged into one tree, without a shell and without running their scripts."""

from __future__ import annotations

import fnmatch
import io
import re
import subprocess
import tarfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

from release.errors import BuildFailed, ConfigError
from release.images import elf
from release.images.apt import Deb
from release.oci.descriptor import render
from release.oci.layer import FOLDER, Entry

RECORD = "usr/share/image/packages.json"
"""Where the image itself says which packages it was made of, with the sha256 of each .deb."""
_ANY = (
    "base-files", "ca-certificates", "libbz2-1.0", "libc6", "libexpat1", "libffi8", "libgcc-s1", "liblzma5",
    "libc-bin", "libsqlite3-0", "libstdc++6", "libuuid1", "media-types", "netbase", "tzdata", "zlib1g",
)  # fmt: skip
_BY_PYTHON = {
    "3.11": ("gcc-12-base", "libcrypt1", "libssl3"),
    "3.13": ("gcc-14-base", "libssl3t64", "libzstd1"),
}
# Debian 12 and 13 keep these only as links into /usr.
_FOLDED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_LEFT_OUT = (
    "usr/share/man/*", "usr/share/info/*", "usr/share/locale/*", "usr/share/lintian/*", "usr/share/bug/*",
    "usr/share/binfmts/*", "usr/share/gdb/*", "usr/share/base-files/*", "usr/share/doc/*/*", "usr/sbin/*",
    "usr/games", "usr/lib/*/gconv/*", "usr/lib/*/audit/*", "etc/update-motd.d/*", "etc/skel", "boot",
)  # fmt: skip
# Of libc-bin an image without a shell needs the locale C.UTF-8, and none of its programs.
_ONLY = {"libc-bin": ("usr/lib/locale/C.utf8", "usr/lib/locale/C.utf8/*", "usr/share/doc/libc-bin/copyright")}
# Modules of the standard library that may be left out by leaving out the package of their library.
_OPTIONAL = re.compile(r"lib-dynload/(readline|nis|_dbm|_gdbm|_curses|_curses_panel|_tkinter)\.")
_KINDS = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE)


def default_packages(python: str) -> tuple[str, ...]:
    """The packages that Python `python` (such as "3.11") needs for its standard library; ConfigError if not known.

    Left out are readline, nis, curses and the dbm libraries: add libreadline8, libncursesw6 with libtinfo6, or
    libdb5.3, and their modules come with them.
    """
    if python not in _BY_PYTHON:
        raise ConfigError(
            f"there is no list of packages for Python {python}",
            where="python",
            do=f"use {' or '.join(_BY_PYTHON)}, or give the packages yourself",
        )
    names = (f"python{python}-minimal", f"libpython{python}-minimal", f"libpython{python}-stdlib")
    return tuple(sorted({*names, *_ANY, *_BY_PYTHON[python]}))


def merge(debs: Sequence[Deb], user: int) -> dict[str, Entry]:
    """The tree of the base layer: the packages' files, and what their scripts or an administrator would make.

    BuildFailed where two packages have different files in one place, or an ELF file needs a library that none has.
    """
    tree = _merged(debs, ())
    tree[RECORD] = Entry(data=render([deb.package.to_json() for deb in debs]))
    return {**_generated(tree, user), **tree}


def addition(debs: Sequence[Deb], provided: Iterable[str]) -> dict[str, Entry]:
    """The tree of a layer of more packages, above layers that have the libraries `provided`. Errors as of `merge`."""
    return _merged(debs, provided)


def _merged(debs: Sequence[Deb], provided: Iterable[str]) -> dict[str, Entry]:
    tree: dict[str, Entry] = {}
    with ThreadPoolExecutor() as pool:
        for deb, data in zip(debs, pool.map(_files, debs), strict=True):
            for path, entry in _members(data, _ONLY.get(deb.package.name, ("*",))):
                known = tree.setdefault(path, entry)
                if known != entry and not known.kind == entry.kind == tarfile.DIRTYPE:
                    raise BuildFailed(f"{path} is in two packages", where=deb.package.name, do="leave one of them out")
            tree[f"var/lib/dpkg/status.d/{deb.package.name}"] = Entry(data=deb.control.encode())
    for path, names in elf.missing(tree, provided).items():
        if not _OPTIONAL.search(path):
            raise BuildFailed(
                f"{path} needs {', '.join(names)}, which no package of the image has",
                where="packages",
                do=f"add the package that has {names[0]} (apt-file search {names[0]})",
            )
        del tree[path]
    return tree


def _files(deb: Deb) -> bytes:
    done = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb.path], capture_output=True, check=False)
    if done.returncode:
        message = done.stderr.decode(errors="replace").strip()
        raise BuildFailed(f"dpkg-deb cannot read the package: {message}", where=str(deb.path), do="run it again")
    return done.stdout


def _members(data: bytes, wanted: tuple[str, ...]) -> Iterable[tuple[str, Entry]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            path = _fold(member.name)
            folded = path == "." or (member.issym() and path.removeprefix("usr/") in _FOLDED)
            if folded or _left_out(path) or not _matches(path, wanted):
                continue
            if member.type not in _KINDS:
                raise BuildFailed(f"{path} is neither file, link nor folder", where=path, do="leave its package out")
            file = tar.extractfile(member) if member.isreg() else None
            link = _fold(member.linkname) if member.islnk() else member.linkname
            # Set-user-id and set-group-id bits stay out; only the sticky bit of /tmp is kept.
            yield path, Entry(member.type, member.mode & 0o1777, file.read() if file else b"", link)


def _fold(name: str) -> str:
    path = str(PurePosixPath(name))
    return f"usr/{path}" if path.split("/", 1)[0] in _FOLDED else path


def _left_out(path: str) -> bool:
    return _matches(path, _LEFT_OUT) and not fnmatch.fnmatchcase(path, "usr/share/doc/*/copyright")


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def _generated(tree: dict[str, Entry], user: int) -> dict[str, Entry]:
    certificates = sorted(path for path in tree if path.startswith("usr/share/ca-certificates/") and tree[path].data)
    nobody = "/usr/sbin/nologin"
    folders = ("dev", "proc", "sys", "run", "usr/bin", "usr/sbin", "usr/local/bin")
    return {
        **dict.fromkeys(folders, FOLDER),
        **{name: _link(f"usr/{name}") for name in _FOLDED if name in ("bin", "sbin", "lib") or _has(tree, name)},
        "tmp": Entry(tarfile.DIRTYPE, 0o1777),
        "root": Entry(tarfile.DIRTYPE, 0o700),
        "home/nonroot": Entry(tarfile.DIRTYPE, 0o700, owner=user),
        "etc/passwd": _text(f"root:x:0:0:root:/root:{nobody}\nnonroot:x:{user}:{user}::/home/nonroot:{nobody}\n"),
        "etc/group": _text(f"root:x:0:\nnonroot:x:{user}:\n"),
        "etc/hosts": _text("127.0.0.1 localhost\n::1 localhost\n"),
        "etc/resolv.conf": _text(""),
        "etc/nsswitch.conf": _text("hosts: files dns\n"),
        "etc/os-release": _link("../usr/lib/os-release"),
        "etc/ssl/certs/ca-certificates.crt": Entry(data=b"".join(tree[path].data for path in certificates)),
        # The package openssl would bring these two; the library looks here.
        "usr/lib/ssl/cert.pem": _link("/etc/ssl/certs/ca-certificates.crt"),
        "usr/lib/ssl/certs": _link("/etc/ssl/certs"),
    }


def _has(tree: dict[str, Entry], name: str) -> bool:
    return any(path.startswith(f"usr/{name}/") for path in tree)


def _link(target: str) -> Entry:
    return Entry(tarfile.SYMTYPE, 0o777, link=target)


def _text(text: str) -> Entry:
    return Entry(data=text.encode())
