"""Registries that several tests use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import docker_registry, oci_registry, tokens
from tests.servers.docker_registry import DockerRegistry
from tests.servers.oci_registry import OciRegistry
from tests.servers.tokens import TokenServer

USER, PASSWORD = "robot", "pass word/%:ü&+=?"  # every sign that some encoding spells otherwise
IDENTITY = "identity-token-of-robot"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody is logged in, whoever runs the tests."""
    for name in ("RELEASE_IMAGES_USERNAME", "RELEASE_IMAGES_PASSWORD", "RELEASE_IMAGES_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


@pytest.fixture
def robot(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment has the right user and password for the target `images`."""
    monkeypatch.setenv("RELEASE_IMAGES_USERNAME", USER)
    monkeypatch.setenv("RELEASE_IMAGES_PASSWORD", PASSWORD)


@pytest.fixture(scope="package")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """Debian's docker-registry with a login by password."""
    if not docker_registry.is_there():
        pytest.skip("needs docker-registry and htpasswd")
    with docker_registry.serve(tmp_path_factory.mktemp("locked"), {USER: PASSWORD}) as registry:
        yield registry


@pytest.fixture
def vouching() -> Iterator[TokenServer]:
    """A token server that knows robot."""
    with tokens.serve(TokenServer({USER: PASSWORD}, {IDENTITY: USER})) as server:
        yield server


@pytest.fixture
def tokened(tmp_path: Path, vouching: TokenServer) -> Iterator[DockerRegistry]:
    """Debian's docker-registry with a login by tokens of `vouching`."""
    if not docker_registry.is_there():
        pytest.skip("needs docker-registry and htpasswd")
    with docker_registry.serve(tmp_path / "tokened", tokens=vouching) as registry:
        yield registry


@pytest.fixture
def small() -> Iterator[OciRegistry]:
    """The small registry, by the letter of the specification."""
    with oci_registry.serve(OciRegistry()) as registry:
        yield registry
