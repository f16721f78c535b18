"""A real image, built here from Debian's packages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from release.errors import BuildFailed, CommandFailed, ConfigError
from release.images import debian
from release.images.builders.builtin import build
from release.images.manifest import BuiltImage
from release.images.run import command
from release.oci.layout import Image, Layout
from tests.images.conftest import spec
from tests.images.wheels import make_wheel

IMPORTS = (
    "import asyncio, bz2, ctypes, decimal, hashlib, json, lzma, multiprocessing, sqlite3, ssl, uuid, zlib, zoneinfo"
)


def _python(rootfs: Path, image: Image, code: str) -> str:
    config = {"config": {**image.config["config"], "Entrypoint": ["/usr/bin/python3.11"]}}
    words = [*command(rootfs, config), "-c", code]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_image_runs_its_command(image: Image, rootfs: Path) -> None:
    """The entry point runs as the ordinary user, with the image's environment only, arguments and standard input."""
    done = subprocess.run(
        [*command(rootfs, image.config), "a", "b c"],
        input="typed", capture_output=True, text=True, check=True, env={**os.environ, "SECRET": "x"},
    )  # fmt: skip
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    expected = {"args": ["a", "b c"], "user": 65532, "group": 65532, "folder": "/home/nonroot", "input": "typed"}
    assert {**expected, "environment": {"PATH": path, "LANG": "C.UTF-8"}} == json.loads(done.stdout)


def test_standard_library_works(image: Image, rootfs: Path) -> None:
    """The modules that need libraries or data import, certificates and time zones and the locale are there."""
    code = f"""{IMPORTS}
import locale, os, subprocess
locale.setlocale(locale.LC_ALL, "")
assert len(ssl.create_default_context().get_ca_certs()) > 100
sqlite3.connect(":memory:").execute("select 1")
ctypes.CDLL("libc.so.6").getpid()
open("/tmp/x", "w").close(); open("note", "w").close(); open("/dev/null").close()
print(zoneinfo.ZoneInfo("Europe/Berlin"), open(os.devnull).encoding, os.path.expanduser("~"))"""
    assert "Europe/Berlin UTF-8 /home/nonroot" == _python(rootfs, image, code)


def test_no_shell_and_no_other_program(image: Image, rootfs: Path) -> None:
    """The only programs are Python and the project's command; nothing is set-user-id."""
    found = sorted(
        path.name for folder in ("usr/bin", "usr/sbin", "usr/local/bin") for path in (rootfs / folder).iterdir()
    )
    assert ["python3.11", "sample"] == found
    assert [] == [path for path in rootfs.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o6000]
    assert [] == list(rootfs.glob("usr/share/man/*"))


def test_host_network_is_reachable(image: Image, rootfs: Path) -> None:
    """The program reaches a server of this machine on loopback, by name too."""
    code = """import socket, threading
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(("localhost", server.getsockname()[1])).close()
print("reached")"""
    assert "reached" == _python(rootfs, image, code)


def test_config_and_packages_are_recorded(built: BuiltImage, image: Image, rootfs: Path) -> None:
    """Labels, user and time are in the config, and the exact packages are in the image and in the result."""
    prefix = "org.opencontainers.image."
    labels = {"version": "1.2.0", "revision": "a" * 40, "created": "2023-11-14T22:13:20Z", "title": "sample"}
    labels |= {"source": "https://example.org/sample", "licenses": "Apache-2.0"}
    assert {f"{prefix}{name}": value for name, value in labels.items()} == image.config["config"]["Labels"]
    assert ("65532:65532", labels["created"]) == (image.config["config"]["User"], image.config["created"])
    assert ["Debian packages", "sample-1.2.0-py3-none-any.whl"] == [h["created_by"] for h in image.config["history"]]
    assert [package.to_json() for package in built.packages] == json.loads((rootfs / debian.RECORD).read_bytes())
    assert sorted(debian.default_packages("3.11")) == [package.name for package in built.packages]
    assert {64} == {len(package.sha256) for package in built.packages}


def _times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_same_inputs_give_the_same_digest(
    built: BuiltImage, wheel: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another folder, umask, time zone and moment give the same manifest, out of the layers that were kept."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    (tmp_path / wheel.name).write_bytes(wheel.read_bytes())
    before = os.umask(0o077)
    try:
        kept = _times(cache)
        again = build(spec(), tmp_path / wheel.name, tmp_path / "layout", cache)
    finally:
        os.umask(before)
    assert kept == _times(cache)
    assert built == again
    assert built.digest == Layout(tmp_path / "layout").names()["1.2.0"].digest


@pytest.mark.torture
def test_base_made_anew_is_the_same(built: BuiltImage, wheel: Path, tmp_path: Path, cache: Path) -> None:
    """A base that was too old is made again from the packages; the same packages give the same bytes."""
    again = build(spec(), wheel, tmp_path / "layout", cache, max_age=-1.0)
    assert (again.packages != built.packages) or built == again


def test_dependencies_are_a_layer_of_their_own(
    wheel: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock adds one layer; a lock of comments adds none."""
    dependency = make_wheel(tmp_path, "dependency", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    lock = tmp_path / "lock.txt"
    counts = []
    for line in ("# nothing", f"dependency==1.2.0 --hash=sha256:{sha256(dependency.read_bytes()).hexdigest()}"):
        lock.write_text(f"{line}\n")
        image = build(spec(lock=lock), wheel, tmp_path / "layout", cache)
        counts.append(len(Layout(tmp_path / "layout").verify(image.digest).layers))
    assert [2, 3] == counts


def test_wheel_without_the_command_is_refused(wheel: Path, cache: Path, tmp_path: Path, built: BuiltImage) -> None:
    """An entry point that does not exist is refused before there is an image."""
    with pytest.raises(BuildFailed, match="has no command other"):
        build(spec(command="other"), wheel, tmp_path / "layout", cache)
    assert not (tmp_path / "layout").exists()


def test_forbidden_user_namespaces_say_what_to_do(image: Image, rootfs: Path) -> None:
    """Where the kernel allows no user namespaces, the error says which settings to change."""
    code = f"""import sys; sys.path[:0] = {[path for path in sys.path if path]!r}
from pathlib import Path
from release.errors import CommandFailed
from release.images.run import command
try:
    command(Path({str(rootfs)!r}), {image.config!r})
except CommandFailed as error:
    print(error.do)"""
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    words = ["unshare", "-Ur", "sh", "-c", forbid, "sh", sys.executable, "-c", code]
    assert (
        "kernel.unprivileged_userns_clone=1" in subprocess.run(words, capture_output=True, text=True, check=True).stdout
    )


def test_unknown_package_says_so(wheel: Path, cache: Path, tmp_path: Path, built: BuiltImage) -> None:
    """A package that this Debian does not have is named."""
    with pytest.raises(CommandFailed, match="no-such-package-here"):
        build(spec(packages=("libc6", "no-such-package-here")), wheel, tmp_path / "layout", cache)
    with pytest.raises(ConfigError, match=r"Python 3\.9"):
        build(spec(python="3.9"), wheel, tmp_path / "layout", cache)
