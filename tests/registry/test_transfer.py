"""Whole images between a registry and a layout."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.errors import ConfigError, ReleaseError, VerifyFailed
from release.images.bases import fetch_base
from release.oci.descriptor import INDEX, MANIFEST, digest_of, render
from release.oci.layout import Layout
from release.registry.names import ImageRepository, pinned
from release.registry.transfer import pull, push
from tests.registry.conftest import PASSWORD, USER
from tests.servers import proxy
from tests.servers.docker_registry import DockerRegistry
from tests.servers.oci_registry import OciRegistry
from tests.servers.proxy import Break, Proxy
from tests.targets.registries import FENCE, PATIENCE, client, image, plausible

DIGEST = "sha256:" + "a" * 64


@pytest.fixture
def pushed(small: OciRegistry, tmp_path: Path) -> str:
    """The digest of an image that the small registry has, in its repository `team/base`."""
    digest = f"sha256:{image(tmp_path / 'source').sha256}"
    push(client(small.host, "team/base"), Layout(tmp_path / "source"), digest, FENCE.check)
    return digest


@pytest.fixture
def between(small: OciRegistry) -> Iterator[Proxy]:
    """A proxy before the small registry."""
    with proxy.serve("127.0.0.1", int(small.host.rpartition(":")[2])) as made:
        made.plausible = plausible
        yield made


def test_pull(small: OciRegistry, pushed: str, tmp_path: Path) -> None:
    """An image comes by its digest, also where a tag is named beside it; what is there is not fetched again."""
    layout = Layout(tmp_path / "got")
    got = pull(f"{small.host}/team/base:any@{pushed}", layout, patience=PATIENCE)
    assert (pushed, MANIFEST) == (got.digest, got.media_type)
    layout.verify(pushed)
    small.asked.clear()
    pull(f"{small.host}/team/base@{pushed}", layout, patience=PATIENCE)
    assert [f"GET /v2/team/base/manifests/{pushed}"] == small.asked


def test_pull_of_an_index(small: OciRegistry, pushed: str, tmp_path: Path) -> None:
    """Of an index, the image for the platform comes; the digest of the index is compared too."""
    entries = [
        {"mediaType": MANIFEST, "digest": digest, "size": 1, "platform": {"os": "linux", "architecture": name}}
        for digest, name in ((DIGEST, "arm64"), (pushed, "amd64"))
    ]
    data = render({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
    small.manifests[digest_of(data)] = INDEX, data
    reference = f"{small.host}/team/base@{digest_of(data)}"
    assert pushed == pull(reference, Layout(tmp_path / "got"), patience=PATIENCE).digest
    with pytest.raises(VerifyFailed, match="no image for linux/riscv64"):
        pull(reference, Layout(tmp_path / "got"), platform=("linux", "riscv64"), patience=PATIENCE)


def test_pull_needs_a_digest(tmp_path: Path) -> None:
    """A tag alone is refused, since it would be another image tomorrow."""
    for reference in ("registry.example.org/base:12", "registry.example.org/base", "base@sha256:12"):
        with pytest.raises(ConfigError, match="not pinned by a sha256 digest"):
            pull(reference, Layout(tmp_path))


def test_pull_of_what_is_not_there(small: OciRegistry, tmp_path: Path) -> None:
    """A digest that the registry does not have is an error with its name."""
    with pytest.raises(VerifyFailed, match="has no such image"):
        pull(f"{small.host}/team/base@{DIGEST}", Layout(tmp_path), patience=PATIENCE)


def test_pull_of_no_image(small: OciRegistry, tmp_path: Path) -> None:
    """A manifest of another shape is refused."""
    data = b'{"schemaVersion": 1}'
    small.manifests[digest_of(data)] = MANIFEST, data
    with pytest.raises(VerifyFailed, match="is not the manifest of an image"):
        pull(f"{small.host}/team/base@{digest_of(data)}", Layout(tmp_path), patience=PATIENCE)


@pytest.mark.parametrize("kind", ["truncate", "garble", "reset", "500", "yes-but-not"])
def test_broken_download_is_tried_again(kind: str, pushed: str, between: Proxy, tmp_path: Path) -> None:
    """Whatever happens to one download, the image comes whole."""
    for number in range(1, 6):
        between.rewind(Break(kind, number))
        layout = Layout(tmp_path / str(number))
        assert pushed == pull(f"{between.address}/team/base@{pushed}", layout, patience=PATIENCE).digest
        layout.verify(pushed)
        assert between.happened()


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [("truncate", 10, "broke off"), ("garble", 6, "gives (other )?bytes"), ("429", 10, "answers 429")],
)
def test_download_that_is_always_broken(  # noqa: PLR0917 - pytest gives them by name
    kind: str, code: int, message: str, pushed: str, between: Proxy, tmp_path: Path
) -> None:
    """After some tries it is an error, and no wrong byte is in the layout."""
    for number in range(1, 6):
        between.rewind(Break(kind, number, None))
        layout = Layout(tmp_path / str(number))
        with pytest.raises(ReleaseError, match=message) as caught:
            pull(f"{between.address}/team/base@{pushed}", layout, patience=PATIENCE)
        assert code == caught.value.exit_code
        for blob in (layout.folder / "blobs").rglob("*"):
            assert blob.is_dir() or f"sha256:{blob.name}" == digest_of(blob.read_bytes())


@pytest.mark.parametrize("says", [True, False])
def test_digest_of_a_tag(says: bool, small: OciRegistry, pushed: str) -> None:
    """A tag's manifest is believed where the registry has it by its digest too, stated or not."""
    small.says_digests = says
    small.tags["stable"] = pushed
    found = client(small.host, "team/base").manifest("stable")
    assert found is not None
    assert pushed == found.digest


def test_lie_about_a_tag(small: OciRegistry, pushed: str, between: Proxy) -> None:
    """A made-up answer, with a digest that fits its bytes, is asked for again."""
    small.tags["stable"] = pushed
    between.rewind(Break("yes-but-not"))
    found = client(between.address, "team/base").manifest("stable")
    assert found is not None
    assert pushed == found.digest


def test_image_that_a_tool_pushed(locked: DockerRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What skopeo pushed, in docker's own format too, comes by digest with the login of docker's configuration."""
    if shutil.which("skopeo") is None:
        pytest.skip("needs skopeo")
    image(tmp_path / "source")
    (tmp_path / "docker").mkdir()
    login: list[str | Path] = [
        "skopeo",
        "login",
        "--authfile",
        tmp_path / "docker" / "config.json",
        "--tls-verify=false",
    ]
    subprocess.run([*login, "-u", USER, "--password-stdin", locked.host], input=PASSWORD.encode(), check=True)
    for kind in ("oci", "v2s2"):
        copy: list[str | Path] = [
            "skopeo",
            "copy",
            "-q",
            "--authfile",
            tmp_path / "docker" / "config.json",
            "--dest-tls-verify=false",
        ]
        place = f"{locked.host}/team/{kind}"
        subprocess.run([*copy, "--format", kind, f"oci:{tmp_path}/source:1.0.0", f"docker://{place}:1"], check=True)
        found = client(locked.host, f"team/{kind}").manifest("1")
        assert found is not None
        layout = Layout(tmp_path / kind)
        got = pull(f"{place}@{found.digest}", layout, patience=PATIENCE)
        assert found.digest == got.digest
        assert 3 == len(json.loads(layout.read(got.digest))["layers"])
        for blob in found.blobs():
            layout.read(blob.digest)


@pytest.mark.parametrize(
    ("text", "host", "name"),
    [
        ("registry.example.org/team/base", "registry.example.org", "team/base"),
        ("localhost:5000/base", "localhost:5000", "base"),
        ("debian", "docker.io", "library/debian"),
        ("docker.io/debian", "docker.io", "library/debian"),
        ("team/base", "docker.io", "team/base"),
    ],
)
def test_names(text: str, host: str, name: str) -> None:
    """Names are read as docker reads them."""
    assert ImageRepository(host, name) == ImageRepository.parse(text)
    assert (ImageRepository(host, name), DIGEST) == pinned(f"{text}:12@{DIGEST}")


def test_wrong_name() -> None:
    """What is no name of a repository is refused."""
    for text in ("registry.example.org/Team", "registry.example.org/", "a b/c"):
        with pytest.raises(ConfigError, match="is no repository"):
            ImageRepository.parse(text)


def test_the_base_of_an_image_comes_from_a_registry(small: OciRegistry, pushed: str, tmp_path: Path) -> None:
    """By its digest, whole, as the image builders ask for it."""
    found = fetch_base(f"{small.host}/team/base:3.11@{pushed}", Layout(tmp_path / "base"), "amd64")
    assert pushed == found.manifest.digest
    assert found == Layout(tmp_path / "base").verify(pushed)
    with pytest.raises(VerifyFailed, match="has no such image"):
        fetch_base(f"{small.host}/team/base@{DIGEST}", Layout(tmp_path / "other"), "amd64")
