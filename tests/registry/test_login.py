"""Logging in to registries."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from release import redaction
from release.errors import ConfigError, TargetFailed
from release.oci.layout import Layout
from release.registry.client import Registry
from release.registry.transfer import push
from release.registry.upload import may_upload
from tests.registry.conftest import IDENTITY, PASSWORD, USER
from tests.servers import docker_registry, oci_registry, proxy
from tests.servers.docker_registry import DockerRegistry
from tests.servers.oci_registry import OciRegistry
from tests.servers.proxy import KINDS, Break
from tests.servers.tokens import TokenServer
from tests.targets.registries import FENCE, client, image


def docker_config(folder: Path, **content: object) -> None:
    """What `docker login` would have written."""
    (folder / "docker").mkdir()
    (folder / "docker" / "config.json").write_text(json.dumps(content))


def push_something(registry: Registry, folder: Path) -> None:
    """Push an image, and require that it is there."""
    made = image(folder / "source")
    push(registry, Layout(folder / "source"), f"sha256:{made.sha256}", FENCE.check)
    assert registry.manifest(f"sha256:{made.sha256}") is not None


@pytest.mark.usefixtures("robot")
def test_password_from_the_environment(locked: DockerRegistry, tmp_path: Path) -> None:
    """A registry with a password takes what the target's own user pushes."""
    push_something(client(locked.host, "team/environment"), tmp_path)


def test_password_from_docker(locked: DockerRegistry, tmp_path: Path) -> None:
    """Where the target has no user of its own, the one of docker's configuration is taken."""
    auth = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    docker_config(tmp_path, auths={locked.host: {"auth": auth}})
    push_something(client(locked.host, "team/docker"), tmp_path)


def test_nobody_is_refused(locked: DockerRegistry) -> None:
    """Without a user the error says 401, and where users come from."""
    with pytest.raises(
        TargetFailed, match=r"(?s)answers 401 .*set RELEASE_IMAGES_USERNAME and RELEASE_IMAGES_PASSWORD"
    ) as caught:
        client(locked.host).manifest("stable")
    assert 401 == caught.value.status


def test_wrong_password_is_refused(locked: DockerRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong password is tried once, and is in no form part of the error."""
    monkeypatch.setenv("RELEASE_IMAGES_USERNAME", USER)
    monkeypatch.setenv("RELEASE_IMAGES_PASSWORD", "wrong password")
    with pytest.raises(TargetFailed, match="answers 401") as caught:
        client(locked.host).manifest("stable")
    assert not [form for form in redaction.forms("wrong password") if form in str(caught.value)]


@pytest.mark.usefixtures("robot")
def test_token(tokened: DockerRegistry, vouching: TokenServer, tmp_path: Path) -> None:
    """A registry that wants tokens gets them for what is done, one for many requests, and each is hidden."""
    push_something(client(tokened.host), tmp_path)
    assert [("GET", "repository:team/tiny:pull"), ("GET", "repository:team/tiny:pull,push")] == vouching.asked
    assert "[secret]" == redaction.scrub(vouching.given[-1])


@pytest.mark.torture
@pytest.mark.usefixtures("robot")
def test_token_that_ends_is_renewed(tokened: DockerRegistry, vouching: TokenServer, tmp_path: Path) -> None:
    """Where a token lives for less than a request, each request has a new one."""
    vouching.lifetime, vouching.signed_for = 0.001, 300
    push_something(client(tokened.host), tmp_path)
    assert len(vouching.asked) > 10


@pytest.mark.torture
@pytest.mark.usefixtures("robot")
def test_token_that_the_registry_does_not_take(tokened: DockerRegistry, vouching: TokenServer) -> None:
    """A token that has ended already is renewed once; then it is an error, and later it works with a good one."""
    registry = client(tokened.host)
    vouching.signed_for = -3600
    with pytest.raises(TargetFailed, match="answers 401"):
        registry.manifest("stable")
    assert 2 == len(vouching.asked)
    vouching.signed_for = None
    assert registry.manifest("stable") is None


@pytest.mark.torture
@pytest.mark.usefixtures("robot")
@pytest.mark.parametrize("kind", KINDS)
def test_token_server_that_fails_once(kind: str, vouching: TokenServer, tmp_path: Path) -> None:
    """Whatever goes wrong between us and the token server, once at each of its answers, the image is pushed."""
    port = int(vouching.url.rpartition(":")[2].partition("/")[0])
    with proxy.serve("127.0.0.1", port) as between:
        between.plausible = lambda *_: (200, {"Content-Type": "application/json"}, b'{"token": ""}')
        vouching.url = f"{between.url}/token"
        with docker_registry.serve(tmp_path / "registry", tokens=vouching) as registry:
            for number in (1, 2):
                between.rewind(Break(kind, number))
                push_something(client(registry.host, f"team/{number}"), tmp_path / str(number))
                assert between.happened()


@pytest.mark.torture
def test_identity_token_of_docker(tokened: DockerRegistry, vouching: TokenServer, tmp_path: Path) -> None:
    """An identity token that `docker login` has kept is sent to the token server, in a form and not in an address."""
    docker_config(tmp_path, auths={tokened.host: {"identitytoken": IDENTITY}})
    may_upload(client(tokened.host))
    assert ("POST", "repository:team/tiny:pull,push") in vouching.asked
    assert "[secret]" == redaction.scrub(IDENTITY)


@pytest.mark.torture
@pytest.mark.usefixtures("robot")
def test_token_without_the_right_to_push(tokened: DockerRegistry, vouching: TokenServer) -> None:
    """Who may only pull is told so."""
    vouching.may = frozenset({"pull"})
    assert client(tokened.host).manifest("stable") is None
    with pytest.raises(TargetFailed, match="what that user may do") as caught:
        may_upload(client(tokened.host))
    assert caught.value.status in {401, 403}


@pytest.mark.torture
def test_token_server_refuses(tokened: DockerRegistry, vouching: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong password is refused by the token server, which the error names."""
    monkeypatch.setenv("RELEASE_IMAGES_USERNAME", USER)
    monkeypatch.setenv("RELEASE_IMAGES_PASSWORD", "another wrong password")
    with pytest.raises(TargetFailed, match="the token server of images answers 401"):
        client(tokened.host).manifest("stable")
    assert not vouching.given


@pytest.mark.usefixtures("robot")
def test_storage_gets_no_login(small: OciRegistry, tmp_path: Path) -> None:
    """Where the registry sends readers and uploads on to another server, that one never sees who asks."""
    small.login = f"{USER}:{PASSWORD}"
    with oci_registry.serve(OciRegistry(blobs=small.blobs, uploads=small.uploads)) as storage:
        small.storage = small.uploads_at = f"http://{storage.host}"
        registry = client(small.host)
        push_something(registry, tmp_path)
        manifest = registry.manifest(next(iter(small.manifests)))
        assert manifest is not None
        for blob in manifest.blobs():
            assert small.blobs[blob.digest] == registry.blob(blob)
        assert {"PUT", "PATCH", "GET"} == {asked.split()[0] for asked in storage.asked}
        assert not [headers for headers in storage.headers if "Authorization" in headers]
    assert [headers for headers in small.headers if "Authorization" in headers]


def test_uploads_to_an_open_line_are_refused(small: OciRegistry) -> None:
    """A registry that sends uploads to a server of another machine without encryption is not followed."""
    small.uploads_at = "http://storage.example.org"
    with pytest.raises(TargetFailed, match=r"http://storage\.example\.org, which is not encrypted"):
        may_upload(client(small.host))


def test_storage_on_an_open_line_is_refused(small: OciRegistry, tmp_path: Path) -> None:
    """A registry that sends readers to a server of another machine without encryption is not followed either."""
    push_something(client(small.host), tmp_path)
    small.storage = "http://storage.example.org"
    manifest = client(small.host).manifest(next(iter(small.manifests)))
    assert manifest is not None
    with pytest.raises(TargetFailed, match=r"on to http://storage\.example\.org/[^?]*, which is not encrypted"):
        client(small.host).blob(manifest.blobs()[0])


def test_registry_elsewhere_needs_encryption() -> None:
    """Only this machine's registries are spoken to without encryption."""
    assert client("registry.example.org").repository.url.startswith("https://")
    assert client("127.0.0.1:5000").repository.url.startswith("http://")
    assert client("localhost:5000").repository.url.startswith("http://")


def test_helper_of_docker(locked: DockerRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential helper is asked for the registry by its standard input, and sees no other target's password."""
    helper = tmp_path / "docker-credential-tests"
    answer = json.dumps({"ServerURL": locked.host, "Username": USER, "Secret": PASSWORD})
    helper.write_text(f"#!/bin/sh\ncat > {tmp_path}/asked; env > {tmp_path}/env\ncat <<'END'\n{answer}\nEND\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("RELEASE_INDEX_PASSWORD", "of another target")
    docker_config(tmp_path, auths={locked.host: {}}, credsStore="other", credHelpers={locked.host: "tests"})
    push_something(client(locked.host, "team/helper"), tmp_path)
    assert locked.host == (tmp_path / "asked").read_text()
    assert "of another target" not in (tmp_path / "env").read_text()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo it is locked; exit 1", "docker-credential-broken gives no login: it is locked"),
        ("echo no JSON", r"docker's configuration can't be read \(JSONDecodeError\)"),
    ],
)
def test_broken_helper(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: OciRegistry
) -> None:
    """A helper that fails is an error that says what to do, and no reason to go on as nobody."""
    small.login = "somebody:else"
    helper = tmp_path / "docker-credential-broken"
    helper.write_text(f"#!/bin/sh\n{script}\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    docker_config(tmp_path, credsStore="broken")
    with pytest.raises(ConfigError, match=message):
        client(small.host).manifest("stable")


def test_helper_that_knows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: OciRegistry) -> None:
    """A helper that has no login for the registry leaves one nobody."""
    small.login = "somebody:else"
    helper = tmp_path / "docker-credential-empty"
    helper.write_text("#!/bin/sh\necho credentials not found in native keychain\nexit 1\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    docker_config(tmp_path, credsStore="empty")
    with pytest.raises(TargetFailed, match="answers 401"):
        client(small.host).manifest("stable")


def test_broken_configuration_of_docker(tmp_path: Path, small: OciRegistry) -> None:
    """A file that can't be read is an error without its content, which may be a password."""
    small.login = "somebody:else"
    docker_config(tmp_path, auths={small.host: {"auth": "no base64 of mine"}})
    with pytest.raises(ConfigError, match="docker's configuration can't be read") as caught:
        client(small.host).manifest("stable")
    assert "no base64 of mine" not in str(caught.value)
