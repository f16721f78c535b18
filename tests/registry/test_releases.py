"""Whole releases to Debian's docker-registry, next to the embedded index, and every way back from them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from release.oci.layout import Layout
from release.redaction import forms
from tests.registry.conftest import PASSWORD, USER
from tests.release.conftest import quicken
from tests.release.observing import installs
from tests.sample import Sample, make
from tests.servers import docker_registry, proxy, tokens
from tests.servers.docker_registry import DockerRegistry
from tests.servers.proxy import Break, Proxy
from tests.servers.tokens import TokenServer

Property = Callable[[str, object], None]
pytestmark = [pytest.mark.endtoend, pytest.mark.torture]

_TARGETS = """
[tool.release.image]
python = "3.11"

[tool.release.targets.registry]
kind = "oci-registry"
repository = "{place}"
"""


@dataclass
class Scene:
    """A project that is released to a registry, and all that the engine has printed."""

    sample: Sample
    registry: DockerRegistry
    between: Proxy
    folder: Path
    environment: dict[str, str]
    printed: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """The repository, past the proxy."""
        return f"{self.registry.host}/team/sample"

    def run(self, *words: str, code: int = 0, breaks: Break | None = None) -> str:
        """Run the engine, with nothing broken but that."""
        self.between.rewind(breaks)
        self.printed.append(self.sample.run(*words, code=code, **self.environment))
        return self.printed[-1]

    def skopeo(self, verb: str, *words: str) -> str:
        """Run skopeo, which logs in by a file of its own."""
        argv = ["skopeo", verb, "--authfile", str(self.folder / "auth.json"), *words]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    def digest(self, tag: str) -> str | None:
        """What a tag gives, as skopeo sees it."""
        try:
            found = self.skopeo("inspect", "--tls-verify=false", f"docker://{self.place}:{tag}")
        except subprocess.CalledProcessError:
            return None
        return str(json.loads(found)["Digest"])

    def tags(self) -> dict[str, str | None]:
        """What the channels give."""
        return {channel: self.digest(channel) for channel in ("canary", "stable")}

    def versions(self) -> dict[str, str]:
        """What `status` says that each channel of the registry serves."""
        with self.sample.start("status", "--json", **self.environment) as process:
            data = json.loads(process.communicate(timeout=60)[0])
        return {one["channel"]: one["version"] for one in data["channels"] if one["target"] == "registry"}


def project(folder: Path, cache: Path, place: str) -> Sample:
    """The sample project with its image in that repository, and quick gates."""
    sample = quicken(make(folder, cache))
    sample.commit(
        "A registry", pyproject__toml=(sample.root / "pyproject.toml").read_text() + _TARGETS.format(place=place)
    )
    return sample


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Scene]:
    """0.1.0 is released: by password, through a proxy that only counts."""
    if not docker_registry.is_there() or shutil.which("skopeo") is None:
        pytest.skip("needs docker-registry, htpasswd and skopeo")
    folder = tmp_path_factory.mktemp("releases")
    with ExitStack() as stack:
        registry = stack.enter_context(docker_registry.serve(folder / "registry", {USER: PASSWORD}))
        between = stack.enter_context(proxy.serve("127.0.0.1", registry.port))
        sample = project(folder / "clone", cache, f"{between.address}/team/sample")
        environment = {"RELEASE_REGISTRY_USERNAME": USER, "RELEASE_REGISTRY_PASSWORD": PASSWORD}
        made = Scene(sample, registry, between, folder, {**environment, "DOCKER_CONFIG": str(folder)})
        login = ["skopeo", "login", "--authfile", str(folder / "auth.json"), "--tls-verify=false", "-u", USER]
        subprocess.run([*login, "--password-stdin", registry.host], input=PASSWORD.encode(), check=True)
        sample.tag("0.1.0")
        made.run("release")
        yield made


def test_release_goes_to_the_registry_in_parts(scene: Scene, record_testsuite_property: Property) -> None:
    """Of a second release only the wheel's layer, config and manifest travel; stable moves when promoted."""
    first = scene.digest("0.1.0")
    assert {"canary": first, "stable": first} == scene.tags()
    scene.sample.tag("0.2.0")

    scene.run("publish")

    second = scene.digest("0.2.0")
    assert {"canary": second, "stable": first} == scene.tags()
    assert second != first
    image = Layout(scene.sample.root / ".release/releases/0.2.0/image").image(str(second))
    wheel, config, manifest = image.layers[-1].size, image.config_descriptor.size, image.manifest.size
    sent = sum(one.sent for one in scene.between.seen)
    assert wheel + config + 3 * manifest == sent  # by digest, under the version's tag, under the channel's
    whole = sum(layer.size for layer in image.layers)
    record_testsuite_property("sent of the second image", sent)
    record_testsuite_property("bytes of the second image", whole)

    scene.run("promote")

    assert {"canary": second, "stable": second} == scene.tags()
    assert manifest == sum(one.sent for one in scene.between.seen)
    assert {"canary": "0.2.0", "stable": "0.2.0"} == scene.versions()


def test_rollback_and_back_again(scene: Scene) -> None:
    """After a rollback both channels give the earlier image; the version's own tag still gives the withdrawn one."""
    first, second = scene.digest("0.1.0"), scene.digest("0.2.0")
    scene.run("rollback", "--reason", "it divides")
    assert {"canary": first, "stable": first} == scene.tags()
    assert second == scene.digest("0.2.0")
    assert not [one for one in scene.between.seen if one.method in {"POST", "PATCH", "DELETE"}]
    scene.run("promote", "0.2.0", "--reason", "it multiplies after all")
    assert {"canary": second, "stable": second} == scene.tags()


def test_abandoned_release_leaves_channels_as_they_were(scene: Scene) -> None:
    """A release that is given up on canary takes canary back."""
    before = scene.tags()
    scene.sample.tag("0.3.0")
    scene.run("publish")
    assert before != scene.tags()
    scene.run("release", "--abandon")
    assert before == scene.tags()


def test_version_that_is_somebody_elses(scene: Scene) -> None:
    """A version's tag that gives something else stops the release with exit code 7, and no channel moves."""
    before = scene.tags()
    copied = [f"docker://{scene.place}:{version}" for version in ("0.1.0", "0.4.0")]
    scene.skopeo("copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false", *copied)
    scene.sample.tag("0.4.0")
    assert "a version's tag never moves" in scene.run("release", code=7)
    assert before == scene.tags()
    scene.run("release", "--abandon")


def test_what_was_pushed_runs(scene: Scene, request: pytest.FixtureRequest) -> None:
    """Podman pulls the released image by its digest and runs it."""
    if shutil.which("podman") is None or shutil.which("runc") is None:
        pytest.skip("needs podman and runc")
    # Podman takes no runroot of more than 50 characters, and a test's own folder may be longer.
    running = tempfile.mkdtemp(prefix="podman-")
    request.addfinalizer(lambda: shutil.rmtree(running, ignore_errors=True))
    storage = ["--root", str(scene.folder / "podman"), "--runroot", running, "--storage-driver=vfs"]
    podman = ["env", "--unset=DOCKER_CONFIG", "podman", *storage, "--runtime=runc"]
    reference = f"{scene.place}@{scene.digest('0.2.0')}"
    pull = [*podman, "pull", "-q", "--tls-verify=false", "--authfile", str(scene.folder / "auth.json")]
    pulled = subprocess.run([*pull, reference], check=False, capture_output=True, text=True)
    assert 0 == pulled.returncode, pulled.stderr
    limits = ["--ulimit=nofile=1024:20000", "--ulimit=nproc=1024:1024", "--network=none"]
    done = subprocess.run(
        [*podman, "run", "--rm", *limits, reference, "--version"], capture_output=True, text=True, check=False
    )
    assert (0, "sample 0.2.0\n") == (done.returncode, done.stdout), done.stderr


def test_doctor_and_repair(scene: Scene) -> None:
    """`doctor` finds the registry in order; `repair` brings a blob back that the registry has lost."""
    assert "images can be pushed" in scene.run("doctor")
    image = Layout(scene.sample.root / ".release/releases/0.2.0/image").image(str(scene.digest("0.2.0")))
    name = image.layers[-1].digest.removeprefix("sha256:")
    (scene.registry.repository("team/sample") / "_layers" / "sha256" / name / "link").unlink()
    scene.run("repair")
    assert {"canary": "0.2.0", "stable": "0.2.0"} == scene.versions()


def test_registry_that_fails_in_the_middle(scene: Scene) -> None:
    """A registry that sets no channel is exit code 10, all channels are as before, and the next run goes on."""
    before = scene.tags()
    scene.sample.tag("0.5.0")
    refuses = Break("500", times=None, only=lambda method, path: (method, path[-7:]) == ("PUT", "/canary"))
    said = scene.run("release", code=10, breaks=refuses)
    assert "answers 500" in said
    assert "Traceback" not in said
    assert before == scene.tags()
    scene.run("release")
    assert {"canary": scene.digest("0.5.0"), "stable": scene.digest("0.5.0")} == scene.tags()
    assert not [one for one in scene.between.seen if one.sent and "/blobs/" in one.path]


def test_no_secret_is_written(scene: Scene) -> None:
    """Neither output nor log, ledger or any file of the engine has the password, in any of its forms."""
    written = list(scene.printed)
    written += [path.read_text(errors="replace") for path in scene.sample.root.rglob("*") if path.is_file()]
    written.append(scene.sample.git("log", "--format=%B", "refs/releases/ledger"))
    secret = forms(PASSWORD) | {b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
    assert len(scene.printed) > 8
    assert not [form for form in secret if any(form in text for text in written)]


def test_release_by_tokens(tmp_path: Path, cache: Path) -> None:
    """A registry that wants tokens is released to with docker's own login: to canary, back to nothing, to stable."""
    if not docker_registry.is_there():
        pytest.skip("needs docker-registry and htpasswd")
    with ExitStack() as stack:
        server = stack.enter_context(tokens.serve(TokenServer({USER: PASSWORD})))
        registry = stack.enter_context(docker_registry.serve(tmp_path / "registry", tokens=server))
        sample = project(tmp_path / "clone", cache, f"{registry.host}/team/sample")
        (tmp_path / "docker").mkdir()
        auth = {"auth": b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
        (tmp_path / "docker" / "config.json").write_text(json.dumps({"auths": {registry.host: auth}}))
        sample.tag("0.1.0")
        home = str(tmp_path / "docker")
        printed = sample.run("publish", DOCKER_CONFIG=home) + sample.run("release", "--abandon", DOCKER_CONFIG=home)
        printed += sample.run("release", DOCKER_CONFIG=home)
        assert "sample 0.1.0\n" == installs(sample, "uv", tmp_path / "env")
        assert not [token for token in server.given if token in printed]
    assert "does not answer" in sample.run("doctor", code=3, DOCKER_CONFIG=home)
