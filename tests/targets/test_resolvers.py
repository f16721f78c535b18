"""pip and uv as users have them, against a real index by file URL and by HTTP, shut off from everything else."""

from __future__ import annotations

import base64
import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from release.credentials import Credentials
from release.errors import ConfigError, VerifyFailed
from release.model import Listed
from release.targets.resolvers import Resolved, obtain_wheel, pip_download, uv_resolve
from release.targets.static_index import StaticIndex

from . import PROJECT, PUBLISHED, make_release, publish, withdraw

UV = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
needs_uv = pytest.mark.skipif(UV is None, reason="uv is not installed")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output clean."""


@pytest.fixture
def index(tmp_path: Path) -> StaticIndex:
    """An index in a folder whose name has to be quoted in a URL."""
    return StaticIndex("packages", tmp_path / "an index #1 ü", PROJECT)


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    """The empty folder for what is downloaded."""
    folder = tmp_path / "got"
    folder.mkdir()
    return folder


@pytest.fixture
def server(index: StaticIndex, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A web server that shows the index; its URL."""
    index.root.mkdir()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(index.root))) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A virtual environment with this one's pip, as the Python that runs the engine."""
    folder = tmp_path / "venv"
    venv.create(folder, symlinks=True)
    pip = importlib.util.find_spec("pip")
    assert pip is not None
    assert pip.origin is not None
    packages = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (packages / "outer.pth").write_text(str(Path(pip.origin).parents[1]))
    monkeypatch.setattr(sys, "executable", str(folder / "bin" / "python"))
    return folder


def _resolved(listed: Listed) -> Resolved:
    return Resolved(listed.version, frozenset(artifact.sha256 for artifact in listed.artifacts))


def test_pip_and_uv_get_the_highest_version_by_file_url(index: StaticIndex, tmp_path: Path, destination: Path) -> None:
    """1.10 is above 1.9; the sdist beside the wheel is never built; both programs name the same bytes."""
    old, new = (make_release(index, tmp_path / "dist", version) for version in ("1.9", "1.10"))
    publish(index, old, new)
    wheel = obtain_wheel(index.address("stable"), PROJECT, new, destination, pinned=False)
    assert (tmp_path / "dist" / new.artifacts[0].name).read_bytes() == wheel.read_bytes()
    if UV is not None:
        assert _resolved(new) == uv_resolve(index.address("stable"), PROJECT, prereleases=False)


def test_pip_and_uv_get_the_same_by_http(server: str, index: StaticIndex, tmp_path: Path, destination: Path) -> None:
    """The relative links hold below a web server too."""
    publish(index, make_release(index, tmp_path / "dist", "1.0"), new := make_release(index, tmp_path / "dist", "2.0"))
    obtain_wheel(f"{server}/stable/simple/", PROJECT, new, destination, pinned=False)
    if UV is not None:
        assert _resolved(new) == uv_resolve(f"{server}/stable/simple/", PROJECT, prereleases=False)


def test_a_yanked_release_is_for_pins_only(index: StaticIndex, tmp_path: Path, destination: Path) -> None:
    """After a rollback pip and uv give the release before; whoever pinned the bad one still gets it."""
    old, bad = (make_release(index, tmp_path / "dist", version) for version in ("1.0", "2.0"))
    publish(index, old, withdraw(bad, 'wrong "scores" <b>'))
    address = index.address("stable")
    assert old.artifacts[0].name == obtain_wheel(address, PROJECT, old, destination, pinned=False).name
    pinned = tmp_path / "pinned"
    pinned.mkdir()
    assert bad.artifacts[0].name == obtain_wheel(address, PROJECT, bad, pinned, pinned=True).name


def test_a_prerelease_is_got_where_it_is_expected(index: StaticIndex, tmp_path: Path, destination: Path) -> None:
    """A channel whose newest is a development version, with a local part, gives it to those who allow such."""
    versions = ("1.0", "2.0.dev3+g1a2b", "2.0rc1")
    final, new, bad = (make_release(index, tmp_path / "dist", version) for version in versions)
    publish(index, final, new, withdraw(bad, "wrong scores"))
    wheel = obtain_wheel(index.address("stable"), PROJECT, new, destination, pinned=False)
    assert new.artifacts[0].name == wheel.name


def test_other_than_expected_is_refused(index: StaticIndex, tmp_path: Path, destination: Path) -> None:
    """Where the index has a higher version than the one that is to be proven, the message names both."""
    old, new = (make_release(index, tmp_path / "dist", version) for version in ("1.0", "2.0"))
    publish(index, old, new)
    with pytest.raises(VerifyFailed) as caught:
        obtain_wheel(index.address("stable"), PROJECT, old, destination, pinned=False)
    assert "pip gives demo_project-2.0-py3-none-any.whl" in caught.value.what
    assert old.artifacts[0].sha256 in caught.value.what


def test_changed_bytes_are_refused_by_pip(index: StaticIndex, tmp_path: Path, destination: Path) -> None:
    """One byte changed in the stored wheel: pip compares it with the page's sha256."""
    publish(index, new := make_release(index, tmp_path / "dist", "1.0"))
    wheel = index.root / "files" / new.artifacts[0].sha256 / new.artifacts[0].name
    data = bytearray(wheel.read_bytes())
    data[-1] ^= 1
    wheel.write_bytes(data)
    with pytest.raises(VerifyFailed, match="DO NOT MATCH THE HASHES"):
        obtain_wheel(index.address("stable"), PROJECT, new, destination, pinned=True)


@needs_uv
def test_nothing_to_get_is_refused(index: StaticIndex) -> None:
    """A channel without releases is a failure with uv's own words, not an empty answer."""
    publish(index)
    with pytest.raises(VerifyFailed, match="uv gets nothing"):
        uv_resolve(index.address("stable"), PROJECT, prereleases=False)


def test_a_release_for_another_python_is_not_proven(index: StaticIndex, tmp_path: Path, destination: Path) -> None:
    """The resolvers pass it over for the older one, as for users of this Python; the proof refuses and says why."""
    old = make_release(index, tmp_path / "dist", "1.0")
    new = make_release(index, tmp_path / "dist", "2.0", requires_python=">=4")
    publish(index, old, new)
    address = index.address("stable")
    with pytest.raises(VerifyFailed, match="requires Python >=4"):
        obtain_wheel(address, PROJECT, new, destination, pinned=False)
    assert old.artifacts[0].name == pip_download(address, PROJECT, destination, prereleases=False).name
    if UV is not None:
        assert _resolved(old) == uv_resolve(address, PROJECT, prereleases=False)


def test_nothing_else_has_a_say(
    index: StaticIndex, tmp_path: Path, destination: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables, configuration files and the current folder offer 9.9; pip and uv would take it, the proof does not."""
    publish(index, right := make_release(index, tmp_path / "dist", "1.0"))
    evil = StaticIndex("evil", tmp_path / "evil", PROJECT)
    publish(evil, make_release(evil, tmp_path / "evil-dist", "9.9"))
    other = evil.address("stable")
    home, current = tmp_path / "home", tmp_path / "current"
    for path in (home / ".config/pip/pip.conf", home / ".pip/pip.conf", environment / "pip.conf"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[global]\nextra-index-url = {other}\nfind-links = {tmp_path / 'evil-dist'}\n")
    for path in (home / ".config/uv/uv.toml", current / "uv.toml"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'extra-index-url = ["{other}"]\n')
    (current / "pip.py").write_text("raise SystemExit('the current folder comes first')\n")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, str(tmp_path / "evil-dist") if name.endswith("LINKS") else other)
    for name, value in {"HOME": home, "XDG_CONFIG_HOME": home / ".config", "VIRTUAL_ENV": environment}.items():
        monkeypatch.setenv(name, str(value))
    (tmp_path / "control").mkdir()
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--index-url", index.address("stable"), PROJECT]
    subprocess.run(pip, cwd=tmp_path / "control", check=True, capture_output=True)
    assert ["demo_project-9.9-py3-none-any.whl"] == [path.name for path in (tmp_path / "control").iterdir()]
    if UV is not None:
        uv = [UV, "pip", "compile", "-q", "--no-header", "--no-deps", "--python", sys.executable, "-"]
        controlled = subprocess.run(uv, cwd=current, check=True, capture_output=True, input=PROJECT.encode())
        assert b"demo-project==9.9" in controlled.stdout

    monkeypatch.chdir(current)
    if UV is not None:
        monkeypatch.setenv("PATH", str(Path(UV).parent), prepend=os.pathsep)
    obtain_wheel(index.address("stable"), PROJECT, right, destination, pinned=False)
    if UV is not None:
        assert _resolved(right) == uv_resolve(index.address("stable"), PROJECT, prereleases=False)


@pytest.mark.parametrize("answer", ["demo-project==9.9 {0}", "demo-project==1.0 {0} {1}"])
def test_a_uv_that_disagrees_is_refused(
    answer: str, index: StaticIndex, tmp_path: Path, destination: Path, environment: Path
) -> None:
    """Another version, or that version with a file that is not the release's: pip alone is no proof then."""
    publish(index, right := make_release(index, tmp_path / "dist", "1.0"))
    hashes = [f"--hash=sha256:{sha256}" for sha256 in (right.artifacts[0].sha256, "0" * 64)]
    uv = environment / "bin" / "uv"
    uv.write_text(f"#!/bin/sh\necho '{answer.format(*hashes)}'\n")
    uv.chmod(0o755)
    with pytest.raises(VerifyFailed, match="uv gives"):
        obtain_wheel(index.address("stable"), PROJECT, right, destination, pinned=False)


def test_a_uv_without_an_answer_is_refused(environment: Path, index: StaticIndex) -> None:
    """Output that names no version is never taken for agreement."""
    uv = environment / "bin" / "uv"
    uv.write_text("#!/bin/sh\necho '# nothing'\n")
    uv.chmod(0o755)
    with pytest.raises(VerifyFailed, match="uv named no version"):
        uv_resolve(index.address("stable"), PROJECT, prereleases=False)


def test_without_uv_pip_is_the_proof(environment: Path, index: StaticIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to install uv."""
    assert environment.exists()
    monkeypatch.setenv("PATH", str(environment / "bin"))
    assert uv_resolve(index.address("stable"), PROJECT, prereleases=False) is None


@contextmanager
def private(index: StaticIndex) -> Iterator[tuple[str, list[str | None]]]:
    """The stable channel behind a password, and the header Authorization of each request that came."""
    wanted = f"Basic {base64.b64encode(b'ada:s3cret+/=').decode()}"
    seen: list[str | None] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            if seen[-1] == wanted:
                super().do_GET()
                return
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(index.root)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/stable/simple/", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_private_index_is_read_by_netrc(index: StaticIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pip and uv get the password from a file of their own; a netrc of the user has no say, and none is left."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".netrc").write_text("machine 127.0.0.1 login eve password wrong\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", None)
    listed = make_release(index, tmp_path / "dist", "1.0")
    publish(index, listed)
    (tmp_path / "got").mkdir()
    who = Credentials("ada", "s3cret+/=")
    with private(index) as (url, seen):
        path = obtain_wheel(url, PROJECT, listed, tmp_path / "got", pinned=False, who=who)
        assert listed.artifacts[0].name == path.name
        seen.clear()
        (tmp_path / "none").mkdir()
        with pytest.raises(VerifyFailed):
            obtain_wheel(url, PROJECT, listed, tmp_path / "none", pinned=False)
        assert {None} == set(seen)
    assert [] == list((tmp_path / "home").glob("netrc-*"))


def test_a_password_that_netrc_can_not_hold(tmp_path: Path) -> None:
    """It is refused by name of the rule, without showing it."""
    listed = Listed("1.0", (), PUBLISHED)
    with pytest.raises(ConfigError, match="may have no blank") as caught:
        obtain_wheel("http://127.0.0.1:9/", PROJECT, listed, tmp_path, pinned=True, who=Credentials("ada", "two words"))
    assert "two words" not in str(caught.value)
