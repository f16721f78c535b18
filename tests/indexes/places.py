"""Real indexes as a release's target: where each is, what it is told, and what it really has, asked behind its back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from release.config.targets import DevpiSpec, IndexChannelSpec, IndexSpec, TargetSpec
from tests.servers import indexes, proxy, pypi
from tests.servers.proxy import Proxy

Files = dict[str, str]
"""Name to sha256."""
KINDS = ("devpi", "pypiserver", "pypi")
REMOVING = ("devpi", "pypiserver")
"""Those that releases can be taken from again."""


@dataclass(frozen=True)
class Place:
    """One target called `shop`, with a proxy in front of each server."""

    kind: str
    spec: TargetSpec
    environment: Mapping[str, str]
    """What the engine finds its credentials in."""
    secrets: tuple[str, ...]
    proxies: tuple[Proxy, ...]
    read: Callable[[str], Files]
    """What users of a channel could get, read without the proxy."""
    behind: Mapping[str, pypi.Index] = field(default_factory=dict)
    """The index of each channel, where it is our own."""

    def table(self) -> str:
        """The target in pyproject.toml."""
        spec = self.spec
        if isinstance(spec, DevpiSpec):
            lines = [f'kind = "devpi"\nurl = "{spec.url}"']
            lines += [f'{role} = "{getattr(spec, role)}"' for role in ("staging", "canary", "stable")]
            return "\n".join(["[tool.release.targets.shop]", *lines, f"volatile = {str(spec.volatile).lower()}", ""])
        assert isinstance(spec, IndexSpec)
        lines = ['kind = "package-index"', f"removable = {str(spec.removable).lower()}"]
        lines += [f"lag-seconds = {spec.lag:.0f}", f"late-days = {spec.late_days}", f"stall-seconds = {spec.stall:.0f}"]
        for channel, one in spec.channels.items():
            lines.append(f'{channel} = {{ upload = "{one.upload}", simple = "{one.simple}" }}')
        return "\n".join(["[tool.release.targets.shop]", *lines, ""])


@contextmanager
def devpi(server: indexes.Server, user: str, *, volatile: bool = True, stall: float = 30.0) -> Iterator[Place]:
    """Stages of a new user of a devpi that runs."""
    stages = indexes.stages(server, user, volatile=volatile)
    with proxy.serve("127.0.0.1", server.port) as front:
        front.plausible = _devpi_says
        spec = DevpiSpec(
            name="shop", url=front.url, staging=stages.staging, canary=stages.canary, stable=stages.stable,
            volatile=volatile, stall=stall,
        )  # fmt: skip

        def read(channel: str) -> Files:
            return page(f"{server.url}{getattr(stages, channel)}/+simple/")

        yield Place("devpi", spec, stages.environment("shop"), (indexes.PASSWORD,), (front,), read)


@contextmanager
def pypiserver(python: Path, folder: Path, *, stall: float = 30.0, hashed: bool = True) -> Iterator[Place]:
    """Two pypiservers, which ask for a password for reading too."""
    with ExitStack() as stack:
        fronts, channels = [], {}
        for channel in ("canary", "stable"):
            server = stack.enter_context(
                indexes.pypiserver(python, folder / channel, private=True, hashed=hashed or channel == "canary")
            )
            front = stack.enter_context(proxy.serve("127.0.0.1", server.port))
            front.plausible = _pypiserver_says
            fronts.append(front)
            channels[channel] = IndexChannelSpec(f"{front.url}/", f"{front.url}/simple/")

        def read(channel: str) -> Files:
            return {path.name: _sha256(path.read_bytes()) for path in (folder / channel / "packages").iterdir()}

        environment = {}
        for channel in channels:
            environment[f"RELEASE_SHOP_{channel.upper()}_USERNAME"] = indexes.USER
            environment[f"RELEASE_SHOP_{channel.upper()}_PASSWORD"] = indexes.PASSWORD
        spec = IndexSpec(
            name="shop", channels=channels, removable=True, lag=0.0, late_days=0, trusted=False, attestations=False,
            stall=stall,
        )  # fmt: skip
        yield Place("pypiserver", spec, environment, (indexes.PASSWORD,), tuple(fronts), read)


@contextmanager
def like_pypi(*, lag: float = 1.0, stall: float = 30.0, canary: bool = True) -> Iterator[Place]:
    """Two indexes that behave as PyPI does, each with a lag, one of which speaks HTML alone; or one for stable."""
    with ExitStack() as stack:
        behind, fronts, channels, environment = {}, [], {}, {}
        for channel in ("canary", "stable") if canary else ("stable",):
            index = stack.enter_context(pypi.serve(pypi.Index(lag=lag, html=channel == "stable")))
            front = stack.enter_context(proxy.serve("127.0.0.1", int(index.url.rpartition(":")[2])))
            front.plausible = lambda *_request: (200, {}, b"")
            behind[channel] = index
            fronts.append(front)
            channels[channel] = IndexChannelSpec(f"{front.url}/legacy/", f"{front.url}/simple/")
            environment[f"RELEASE_SHOP_{channel.upper()}_PASSWORD"] = pypi.TOKEN

        def read(channel: str) -> Files:
            return {file.name: file.sha256 for file in behind[channel].files.values() if not file.deleted}

        spec = IndexSpec(
            name="shop", channels=channels, removable=False, lag=lag * 10 + 5, late_days=14, trusted=False,
            attestations=False, stall=stall,
        )  # fmt: skip
        yield Place("pypi", spec, environment, (pypi.TOKEN,), tuple(fronts), read, behind)


def page(simple: str) -> Files:
    """The sample's and the demo's files on an index's pages (PEP 691)."""
    found = {}
    for project in ("sample-project", "demo-project"):
        answer = requests.get(
            f"{simple}{project}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}, timeout=10
        )
        files = answer.json()["files"] if answer.ok else []
        found.update({file["filename"]: file["hashes"]["sha256"] for file in files})
    return found


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _devpi_says(method: str, path: str, _headers: Mapping[str, str], _body: bytes) -> proxy.Reply:
    """What a devpi answers that did it, or has nothing."""
    if path == "/+login":
        text = b'{"status": 200, "type": "proxyauth", "result": {"password": "a-token-of-nobody", "expiration": 36000}}'
    elif method == "GET" and "/+simple/" in path:
        text = b'{"meta": {"api-version": "1.0"}, "name": "demo-project", "files": []}'
        return 200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, text
    else:
        text = b'{"status": 200, "type": "actionlog", "result": []}'
    return 200, {"Content-Type": "application/json"}, text


def _pypiserver_says(method: str, _path: str, _headers: Mapping[str, str], _body: bytes) -> proxy.Reply:
    """What a pypiserver answers that did it, or has nothing."""
    page_ = b"<!DOCTYPE html><html><body></body></html>"
    return 200, {"Content-Type": "text/html"}, page_ if method == "GET" else b""


def marks(place: Place) -> set[str]:
    """The secrets, as they stand in headers too."""
    found = set(place.secrets)
    for secret in place.secrets:
        found |= {base64.b64encode(f"{who}:{secret}".encode()).decode() for who in (indexes.USER, "__token__")}
    return found
