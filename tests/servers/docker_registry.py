"""Debian's docker-registry on loopback, with a login by password or by tokens, between `with` and its end."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ports import free_ports
from tests.servers.tokens import TokenServer

LONGEST = 20.0
"""Seconds that it may take to start."""


@dataclass(frozen=True)
class DockerRegistry:
    """A registry that runs."""

    host: str
    """With its port."""
    folder: Path
    """Where its storage and its log are."""

    @property
    def port(self) -> int:
        """Of its address."""
        return int(self.host.rpartition(":")[2])

    def blob(self, digest: str) -> Path:
        """The file of a blob in its storage."""
        name = digest.removeprefix("sha256:")
        return self.folder / "data/docker/registry/v2/blobs/sha256" / name[:2] / name / "data"

    def repository(self, name: str) -> Path:
        """The folder of a repository in its storage: names, and links to blobs."""
        return self.folder / "data/docker/registry/v2/repositories" / name


def is_there() -> bool:
    """Whether this machine has the programs."""
    return bool(shutil.which("docker-registry") and shutil.which("htpasswd"))


@contextmanager
def serve(
    folder: Path, users: Mapping[str, str] | None = None, tokens: TokenServer | None = None, *, delete: bool = True
) -> Iterator[DockerRegistry]:
    """Run it with its storage in `folder`. `users` are names and passwords; `delete` says whether it removes anything.

    Uploads are never swept up, so that a test sees what was left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    [port] = free_ports(1)
    storage = {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": delete}}
    auth: dict[str, object] = {}
    if users:
        (folder / "htpasswd").write_text("".join(_hashed(name, password) for name, password in users.items()))
        auth = {"htpasswd": {"realm": "tests", "path": str(folder / "htpasswd")}}
    if tokens:
        (folder / "tokens.pem").write_bytes(tokens.certificate)
        named = {"service": tokens.service, "issuer": tokens.issuer, "rootcertbundle": str(folder / "tokens.pem")}
        auth = {"token": {"realm": tokens.url, **named}}
    config = {
        "version": 0.1, "log": {"level": "info"}, "storage": {**storage, "maintenance": {"uploadpurging": {
            "enabled": False}}}, "http": {"addr": f"127.0.0.1:{port}"}, **({"auth": auth} if auth else {}),
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))  # JSON is YAML
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", folder / "config.json"], stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        _await(port, process, folder / "log.txt")
        yield DockerRegistry(f"127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait()


def _hashed(name: str, password: str) -> str:
    """A line of an htpasswd file, with bcrypt at its least cost."""
    done = subprocess.run(
        ["htpasswd", "-niB", "-C", "4", name], input=password, capture_output=True, text=True, check=True
    )
    return done.stdout.strip() + "\n"


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + LONGEST
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"docker-registry did not start:\n{log.read_text()}")
