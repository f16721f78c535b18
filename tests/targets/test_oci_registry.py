"""The target of images in a registry, on Debian's docker-registry and on one by the letter of the specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release.acts import Point
from release.errors import LockLost, ReleaseError, Tampered, TargetFailed, VerifyFailed
from release.model import Artifact, Change, Fence, Holding, Listing, Match
from release.oci.layout import Layout
from release.targets import Target
from release.targets.oci_registry import OciRegistry
from tests.servers import docker_registry, oci_registry, proxy
from tests.servers.docker_registry import DockerRegistry
from tests.servers.proxy import Break, Proxy
from tests.targets.registries import FENCE, image, listed, plausible, target

CHANGES = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """Debian's docker-registry, open to everybody."""
    if not docker_registry.is_there():
        pytest.skip("needs docker-registry and htpasswd")
    with docker_registry.serve(tmp_path_factory.mktemp("docker")) as registry:
        yield registry


@pytest.fixture
def between(docker: DockerRegistry) -> Iterator[Proxy]:
    """A proxy before it, which shows what was asked."""
    with proxy.serve("127.0.0.1", docker.port) as made:
        yield made


@pytest.fixture
def small() -> Iterator[oci_registry.OciRegistry]:
    """The small registry."""
    with oci_registry.serve(oci_registry.OciRegistry()) as registry:
        yield registry


@pytest.fixture
def images(tmp_path: Path) -> list[Artifact]:
    """Two images in a layout `source`."""
    return [image(tmp_path / "source", version) for version in ("1.0.0", "1.1.0")]


@pytest.fixture
def full(between: Proxy, images: list[Artifact], tmp_path: Path) -> OciRegistry:
    """The target with both images, stable on the first and canary on the second, in a repository of its own."""
    return fill(target(between.address, tmp_path.name.replace("_", "-").lower()), images, tmp_path)


def fill(made: OciRegistry, images: list[Artifact], folder: Path) -> OciRegistry:
    """Both images, stable on the first and canary on the second."""
    for artifact in images:
        made.put(artifact, folder / "source", FENCE)
    made.point("stable", Listing((listed(images[0]),)), FENCE)
    made.point("canary", Listing(tuple(map(listed, images))), FENCE)
    return made


def name_of(made: OciRegistry) -> str:
    """The name of the target's repository."""
    return made.address("").partition("/")[2].rstrip(":")


def test_image_goes_in_and_comes_out(full: OciRegistry, images: list[Artifact], tmp_path: Path) -> None:
    """What was put is there, is served by its channels, and comes out again by channel, by version and by digest."""
    protocol: Target = full
    first, second = images
    assert [Holding.SAME] * 2 == [protocol.ask(artifact) for artifact in images]
    assert f"sha256:{first.sha256}" == full.serving("stable")
    assert Match.SAME is full.look("canary", Listing(tuple(map(listed, images)))).match
    assert Match.OTHER is full.look("canary", Listing((listed(first),))).match
    for number, folder in enumerate(
        (
            full.obtain("stable", listed(first), tmp_path / "a", pinned=False),
            full.obtain("canary", listed(first), tmp_path / "b", pinned=True),
            full.recover(first, tmp_path / "c"),
        )
    ):
        names = Layout(folder).names()
        assert ["1.0.0"] == list(names), number
        assert first.sha256 == Layout(folder).verify(names["1.0.0"].digest).manifest.digest.removeprefix("sha256:")
    assert second.sha256 != first.sha256


def test_one_look_tells_whether_a_channel_is_to_move(full: OciRegistry, between: Proxy, images: list[Artifact]) -> None:
    """What it serves, and whether that is the wanted image or the one before, comes from one question for each blob."""
    first, second = map(listed, images)
    act = Point(full, "stable", Change(add=("1.1.0",)), full.pointer(Listing((first,))), Listing((first, second)))
    between.rewind()
    assert not act.is_done()
    asked = [f"{one.method} {one.path}" for one in between.seen]
    assert sorted(set(asked)) == sorted(asked)
    assert 1 == len([one for one in asked if one.endswith("/manifests/stable")])


def test_empty_repository_serves_nothing(between: Proxy, images: list[Artifact]) -> None:
    """Before the first push nothing is there, and looking changes nothing."""
    made = target(between.address, "not/there")
    assert (None, Holding.ABSENT) == (made.serving("stable"), made.ask(images[0]))
    assert (None, 0) == (made.pointer(Listing()), made.greatest_token())
    assert not CHANGES & {one.method for one in between.seen}


def test_put_again_changes_nothing(full: OciRegistry, between: Proxy, images: list[Artifact], tmp_path: Path) -> None:
    """The same image may be put again; no blob is sent, and no tag set."""
    between.rewind()
    full.put(images[0], tmp_path / "source", FENCE)
    changed = [one.path.rpartition("/")[2] for one in between.seen if one.method in CHANGES]
    assert [f"sha256:{images[0].sha256}"] == changed


def test_second_image_sends_what_differs(between: Proxy, images: list[Artifact], tmp_path: Path) -> None:
    """Of the next release only the wheel's layer, the config and the manifest travel."""
    made = target(between.address, "team/differs")
    made.put(images[0], tmp_path / "source", FENCE)
    between.rewind()
    made.put(images[1], tmp_path / "source", FENCE)
    new = Layout(tmp_path / "source").image(f"sha256:{images[1].sha256}")
    wanted = new.layers[2].size + new.config_descriptor.size + 2 * new.manifest.size  # by digest, and by the tag
    assert wanted == sum(one.sent for one in between.seen)


def test_channel_moves_back_and_away(full: OciRegistry, images: list[Artifact]) -> None:
    """A channel goes back to the earlier image, to nothing, and forth again; the versions' tags stay."""
    for _ in range(2):
        full.point("canary", Listing((listed(images[0]), listed(images[1], "bad"))), FENCE)
        assert f"sha256:{images[0].sha256}" == full.serving("canary")
        full.point("canary", Listing((listed(images[0], "bad"),)), FENCE)
        assert full.serving("canary") is None
        full.point("canary", Listing(), FENCE)
        assert Match.SAME is full.look("canary", Listing()).match
        full.point("canary", Listing((listed(images[1]),)), FENCE)
        assert f"sha256:{images[1].sha256}" == full.serving("canary")
    assert f"sha256:{images[0].sha256}" == full.serving("stable")
    assert [Holding.SAME] * 2 == [full.ask(artifact) for artifact in images]


def test_tag_is_removed_where_it_can_be(
    small: oci_registry.OciRegistry, images: list[Artifact], tmp_path: Path
) -> None:
    """A registry that removes tags is left without the channel's tag, and with nothing else."""
    made = fill(target(small.host), images, tmp_path)
    made.point("canary", Listing(), FENCE)
    assert {"1.0.0", "1.1.0", "stable"} == set(small.tags)
    assert 2 == len(small.manifests)


def test_tag_is_emptied_where_nothing_can_be_removed(images: list[Artifact], tmp_path: Path) -> None:
    """Where the registry removes nothing, the channel's tag gets an image of nothing, which counts as nothing."""
    with docker_registry.serve(tmp_path / "registry", delete=False) as registry:
        made = fill(target(registry.host), images, tmp_path)
        for _ in range(2):
            made.point("canary", Listing(), FENCE)
            assert made.serving("canary") is None
            with pytest.raises(VerifyFailed, match="canary gives"):
                made.obtain("canary", listed(images[0]), tmp_path / "got", pinned=False)
        made.point("canary", Listing((listed(images[0]),)), FENCE)
        assert f"sha256:{images[0].sha256}" == made.serving("canary")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
def test_lie_while_a_tag_is_emptied(method: str, full: OciRegistry, between: Proxy) -> None:
    """One answer that says yes though it did nothing, and the channel serves nothing all the same."""
    between.plausible = plausible
    between.rewind(Break("yes-but-not", only=lambda asked, path: asked == method and "/blobs/" in path))
    full.point("canary", Listing(), FENCE)
    assert between.happened()
    assert full.serving("canary") is None


def test_tag_that_can_neither_be_removed_nor_emptied(
    small: oci_registry.OciRegistry, images: list[Artifact], tmp_path: Path
) -> None:
    """Where the registry does neither, the error says what to do by hand, and the tag stays as it is."""
    made = fill(target(small.host), images, tmp_path)
    small.removes = small.takes_empty = False
    with pytest.raises(TargetFailed, match=r"neither removes a tag nor .*(?s:.)*remove the tag by hand: .*:canary"):
        made.point("canary", Listing(), FENCE)
    assert f"sha256:{images[1].sha256}" == made.serving("canary")


def test_version_never_moves(full: OciRegistry, images: list[Artifact], tmp_path: Path) -> None:
    """A version's tag that gives another image stops everything, and is left as it is."""
    other = replace(images[1], name="1.0.0")
    for act in (lambda: full.ask(other), lambda: full.put(other, tmp_path / "source", FENCE)):
        with pytest.raises(Tampered, match=r"the tag 1\.0\.0 is sha256:.*, and was released as"):
            act()
    assert Holding.SAME is full.ask(images[0])


def test_version_that_somebody_else_took_meanwhile(
    small: oci_registry.OciRegistry, images: list[Artifact], tmp_path: Path
) -> None:
    """Where the tag is set by somebody else between the question and the push, theirs is not moved a second time."""
    target(small.host).put(images[0], tmp_path / "source", FENCE)
    theirs = f"sha256:{images[0].sha256}"

    def steal() -> None:
        if f"sha256:{images[1].sha256}" in small.manifests:  # now the tag is about to be set
            small.tags["1.1.0"] = theirs

    with proxy.serve("127.0.0.1", int(small.host.rpartition(":")[2])) as between:
        between.rewind(Break("yes-but-not", only=lambda method, path: method == "PUT" and path.endswith("1.1.0")))
        with pytest.raises(Tampered, match=r"the tag 1\.1\.0 is"):
            target(between.address).put(images[1], tmp_path / "source", Fence(1, steal))
        assert between.happened()
    assert theirs == small.tags["1.1.0"]


def test_lost_blob_is_brought_back(
    full: OciRegistry, docker: DockerRegistry, images: list[Artifact], tmp_path: Path
) -> None:
    """An image with a blob missing counts as absent, is an error on a channel, and is whole after another put."""
    wheel = Layout(tmp_path / "source").image(f"sha256:{images[1].sha256}").layers[2].digest
    link = docker.repository(name_of(full)) / "_layers" / "sha256" / wheel.removeprefix("sha256:") / "link"
    link.unlink()
    assert Holding.ABSENT is full.ask(images[1])
    with pytest.raises(Tampered, match=f"the blob {wheel} of .* is missing"):
        full.serving("canary")
    full.put(images[1], tmp_path / "source", FENCE)
    assert (Holding.SAME, f"sha256:{images[1].sha256}") == (full.ask(images[1]), full.serving("canary"))


def test_wrong_bytes_in_the_storage(
    full: OciRegistry, docker: DockerRegistry, images: list[Artifact], tmp_path: Path
) -> None:
    """Bytes that changed in the registry's storage reach no layout."""
    wheel = Layout(tmp_path / "source").image(f"sha256:{images[1].sha256}").layers[2].digest
    path = docker.blob(wheel)
    right = path.read_bytes()
    path.write_bytes(right[:-1] + b"x")
    try:
        with pytest.raises(VerifyFailed, match="gives other bytes for a blob"):
            full.obtain("canary", listed(images[1]), tmp_path / "got", pinned=False)
    finally:
        path.write_bytes(right)


def test_missing_image(full: OciRegistry, images: list[Artifact], tmp_path: Path) -> None:
    """An image that is not there can neither be pointed to, nor pulled, nor brought back."""
    gone = replace(images[0], sha256="a" * 64, name="2.0.0")
    acts: tuple[tuple[Callable[[], object], type[ReleaseError]], ...] = (
        (lambda: full.point("canary", Listing((listed(gone),)), FENCE), Tampered),
        (lambda: full.recover(gone, tmp_path / "a"), Tampered),
        (lambda: full.obtain("canary", listed(gone), tmp_path / "b", pinned=False), VerifyFailed),
        (lambda: full.obtain("canary", listed(gone), tmp_path / "b", pinned=True), VerifyFailed),
        (lambda: full.obtain("canary", replace(listed(gone), artifacts=()), tmp_path / "b", pinned=True), VerifyFailed),
    )
    for act, error in acts:
        with pytest.raises(error):
            act()


@pytest.mark.parametrize("allowed", [0, 1, 2, 5])
def test_who_lost_the_lock_changes_nothing(
    allowed: int, between: Proxy, images: list[Artifact], tmp_path: Path
) -> None:
    """The lock is looked at right before each change, so none follows after it was lost."""
    left = [None] * allowed

    def check() -> None:
        if not left:
            raise LockLost("somebody else has the lock", do="see who")
        left.pop()

    made = target(between.address, f"lost-{allowed}")
    with pytest.raises(LockLost):
        made.put(images[0], tmp_path / "source", Fence(1, check))
    assert allowed == len([one for one in between.seen if one.method in CHANGES])
    made.seal(FENCE)
    assert made.serving("stable") is None


def test_words_for_people(full: OciRegistry, between: Proxy) -> None:
    """What users type, and what withdrawing leaves."""
    place = f"{between.address}/{name_of(full)}"
    assert f"{place}:stable" == full.address("stable")
    assert full.caveat("1.0.0+local").startswith(f"{place}:1.0.0_local still gives 1.0.0+local to whoever names it")


def test_doctor_looks_without_a_trace(docker: DockerRegistry, full: OciRegistry) -> None:
    """Where all is well that is said, and no upload is left behind."""
    assert [True, True] == [finding.ok for finding in full.examine()]
    left = docker.repository(name_of(full)) / "_uploads"  # of an ended one it keeps a file of its own, and no start
    assert not list(left.glob("*/startedat"))


def test_doctor_says_what_is_wrong(
    small: oci_registry.OciRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A registry that lets nobody in, and one that is not there, are findings with what to do."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    small.login = "somebody:else"
    for host in (small.host, "127.0.0.1:9"):
        (finding,) = target(host).examine()
        assert not finding.ok
        assert finding.do
    with proxy.serve("127.0.0.1", int(small.host.rpartition(":")[2])) as between:
        small.login = ""
        between.rewind(Break("500", times=None, only=lambda method, _: method == "POST"))
        assert [True, False] == [finding.ok for finding in target(between.address).examine()]


def test_nothing_of_a_registry_is_set_aside(full: OciRegistry) -> None:
    """Damage in a registry is mended by putting again; there is nothing to move."""
    assert [] == full.damaged()
    full.set_aside(FENCE)
