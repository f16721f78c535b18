"""Starts the real index servers, devpi-server and pypiserver, on loopback, from an environment of their own.

They are no part of the engine's lock: requirements/servers.txt pins them. Where they can't be installed, the tests that
need them are left out, but not in CI.
"""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from release.building.environments import cached
from release.errors import ReleaseError
from tests.servers.ports import free_ports

ROOT = Path(__file__).parents[2]
USER = "ada"
PASSWORD = "s3cret+of/ada="
_LONGEST = 60.0
_INIT = "import sys; from devpi_server.init import init; sys.exit(init())"


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    port: int

    @property
    def url(self) -> str:
        """With a slash at its end."""
        return f"http://127.0.0.1:{self.port}/"


def programs(cache: Path) -> Path:
    """A Python that has the servers, installed once for all test runs."""
    try:
        return cached(cache / "release-engine" / "test-servers", ROOT / "requirements" / "servers.txt")
    except ReleaseError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"devpi-server and pypiserver can't be installed: {error.what}")


@contextmanager
def devpi(python: Path, folder: Path) -> Iterator[Server]:
    """A devpi-server whose root has no password to be known of; users are made by `stages`."""
    environment = {"PATH": os.defpath, "HOME": str(folder.parent), "PYTHONWARNINGS": "ignore"}
    init: list[str | Path] = [python, "-c", _INIT, "--serverdir", folder, "--no-root-pypi", "--root-passwd", PASSWORD]
    subprocess.run(init, env=environment, check=True, capture_output=True)
    argv = [
        python,
        "-m",
        "devpi_server",
        "--serverdir",
        folder,
        "--offline-mode",
        "--host",
        "127.0.0.1",
        "--threads",
        "8",
    ]
    argv += ["--argon2-memory-cost", "8", "--argon2-time-cost", "1", "--argon2-parallelism", "1"]  # else it takes 10 s
    with _started([str(word) for word in argv], "+api", environment) as server:
        yield server


@dataclass(frozen=True)
class Stages:
    """Three stages of one user."""

    user: str
    staging: str
    canary: str
    stable: str

    def environment(self, name: str) -> dict[str, str]:
        """What the engine finds its credentials in, for a target of that name."""
        return {f"RELEASE_{name.upper()}_USERNAME": self.user, f"RELEASE_{name.upper()}_PASSWORD": PASSWORD}


def stages(server: Server, user: str, *, volatile: bool = True) -> Stages:
    """A new user with stages of the usual names, one of which nobody follows."""
    with requests.Session() as web:
        _put(web, server, user, {"password": PASSWORD, "email": "ada@example.org"})
        answer = web.post(f"{server.url}+login", json={"user": user, "password": PASSWORD}, timeout=10)
        token = answer.json()["result"]["password"]
        web.headers["X-Devpi-Auth"] = base64.b64encode(f"{user}:{token}".encode()).decode()
        for stage in ("staging", "canary", "stable"):
            _put(web, server, f"{user}/{stage}", {"bases": [], "volatile": volatile or stage == "staging"})
    return Stages(user, f"{user}/staging", f"{user}/canary", f"{user}/stable")


def _put(web: requests.Session, server: Server, place: str, data: Mapping[str, Any]) -> None:
    answer = web.put(f"{server.url}{place}", json=data, headers={"Accept": "application/json"}, timeout=10)
    assert answer.status_code in (200, 201), answer.text


@contextmanager
def pypiserver(python: Path, folder: Path, *, private: bool = False, hashed: bool = True) -> Iterator[Server]:
    """A pypiserver of the files in `folder`/packages; `private` asks for a password for reading too."""
    packages, passwords = folder / "packages", folder / "htpasswd"
    packages.mkdir(parents=True, exist_ok=True)
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    passwords.write_text(f"{USER}:{{SHA}}{digest}\n")
    argv = [
        *(str(python), "-m", "pypiserver", "run", "--disable-fallback", "--interface", "127.0.0.1"),
        *("--health-endpoint", "/health", "--hash-algo", "sha256" if hashed else "off"),
        *("--authenticate", "update,list,download" if private else "update", "--passwords", str(passwords)),
        str(packages),
    ]
    with _started(argv, "health", {"PATH": os.defpath, "HOME": str(folder)}) as server:
        yield server


@contextmanager
def _started(argv: list[str], question: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """The program, with --port, once it answers; ended with all that it started."""
    [port] = free_ports(1)
    server = Server(port)
    words = [*argv, "--port", str(port)]
    with subprocess.Popen(
        words, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            _wait(process, f"{server.url}{question}")
            yield server
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
