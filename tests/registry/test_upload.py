"""Uploads of blobs: in one request and in pieces, cut and taken up again, refused and lied about."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.errors import LockLost, Tampered, TargetFailed, VerifyFailed
from release.oci.descriptor import Descriptor
from release.registry.client import Registry
from release.registry.upload import may_upload, upload
from tests.servers import docker_registry, proxy
from tests.servers.docker_registry import DockerRegistry
from tests.servers.oci_registry import OciRegistry
from tests.servers.proxy import Break, Proxy
from tests.targets.registries import CHUNK, client, noise, plausible

DATA = noise(7, 3 * CHUNK + CHUNK // 2)
BLOB = Descriptor.of("application/octet-stream", DATA)


@pytest.fixture
def between(small: OciRegistry) -> Iterator[Proxy]:
    """A proxy before the small registry."""
    with proxy.serve("127.0.0.1", int(small.host.rpartition(":")[2])) as made:
        made.plausible = plausible
        yield made


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Proxy]:
    """A proxy before Debian's docker-registry, which forgets an upload that was cut in the middle of a piece."""
    if not docker_registry.is_there():
        pytest.skip("needs docker-registry and htpasswd")
    with (
        docker_registry.serve(tmp_path / "registry") as registry,
        proxy.serve("127.0.0.1", registry.port) as made,
    ):
        yield made


def send(registry: Registry) -> bool:
    """Upload DATA."""
    return upload(registry, BLOB, lambda: io.BytesIO(DATA), lambda: None)


def sent(between: Proxy) -> int:
    """Bytes of request bodies that came to the proxy."""
    return sum(one.sent for one in between.seen)


def is_patch(method: str, _path: str) -> bool:
    """For breaks of pieces."""
    return method == "PATCH"


def is_put(method: str, _path: str) -> bool:
    """For breaks of the last request."""
    return method == "PUT"


def test_pieces(small: OciRegistry, between: Proxy) -> None:
    """A blob larger than a piece goes in pieces, the last one with the request that ends it; it is not sent twice."""
    registry = client(between.address)
    assert send(registry)
    assert DATA == small.blobs[BLOB.digest]
    assert [CHUNK] * 3 == [one.sent for one in between.seen if one.method == "PATCH"]
    assert [CHUNK // 2] == [one.sent for one in between.seen if one.method == "PUT"]
    between.rewind()
    assert not send(registry)
    assert ["HEAD"] == [one.method for one in between.seen]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_cut_piece_goes_on_where_it_was_cut(number: int, small: OciRegistry, between: Proxy) -> None:
    """After a cut the registry is asked how far it got, and no byte that it has is sent again."""
    between.rewind(Break("reset", number, only=is_patch))
    assert send(client(between.address))
    assert DATA == small.blobs[BLOB.digest]
    assert len(DATA) == sent(between)
    assert 1 == len([one for one in between.seen if one.method == "POST"])


def test_cut_at_the_end_goes_on_too(small: OciRegistry, between: Proxy) -> None:
    """A cut in the last piece costs nothing but that piece's rest."""
    between.rewind(Break("reset", only=is_put))
    assert send(client(between.address))
    assert len(DATA) == sent(between)


def test_answer_that_says_no_to_the_last_piece(small: OciRegistry, between: Proxy) -> None:
    """The registry ended the upload and said that it failed: it is asked for the blob, and has it."""
    between.rewind(Break("no-but-done", only=is_put))
    assert send(client(between.address))
    assert len(DATA) == sent(between)


def test_answer_that_says_no_to_a_piece(small: OciRegistry, between: Proxy) -> None:
    """The registry took a piece and said that it failed: it is asked how far it got; the piece is not sent again."""
    between.rewind(Break("no-but-done", 2, only=is_patch))
    assert send(client(between.address))
    assert len(DATA) == sent(between)


def test_answer_that_says_yes_to_a_piece(small: OciRegistry, between: Proxy) -> None:
    """A piece that was lost on the way shows with the next one, and the upload goes on from what the registry has."""
    between.rewind(Break("yes-but-not", 2, only=is_patch))
    assert send(client(between.address))
    assert DATA == small.blobs[BLOB.digest]
    assert len(DATA) + 2 * CHUNK == sent(between)  # the one that was lost, and the one that was out of place
    assert 1 == len([one for one in between.seen if one.method == "POST"])


def test_rest_of_a_cut_piece_that_comes_late(small: OciRegistry, between: Proxy) -> None:
    """What a registry takes of a cut piece after it was asked how far it got is not a reason to begin anew."""

    def late(method: str, _path: str) -> bool:
        if method == "PATCH" and len(between.seen) > 3:  # after the cut and the question
            for upload in small.uploads.values():
                if len(upload) == CHUNK:
                    upload.extend(DATA[CHUNK : CHUNK + 10])
        return method == "PATCH"

    between.rewind(Break("500", 2, only=late))
    assert send(client(between.address))
    assert DATA == small.blobs[BLOB.digest]
    assert 1 == len([one for one in between.seen if one.method == "POST"])
    assert [416] == [one.status for one in between.seen if one.status // 100 == 4 and one.method == "PATCH"]


def test_forgotten_upload_begins_anew(forgetful: Proxy) -> None:
    """Where the registry has forgotten the upload after a cut, it begins anew."""
    forgetful.rewind(Break("reset", 2, only=is_patch))
    registry = client(forgetful.address)
    assert send(registry)
    assert DATA == registry.blob(BLOB)
    assert 2 == len([one for one in forgetful.seen if one.method == "POST"])


def test_upload_goes_on_where_nothing_of_a_piece_came(forgetful: Proxy) -> None:
    """Where nothing of a piece has reached docker-registry, the upload goes on with that piece."""
    forgetful.rewind(Break("500", 2, only=is_patch))
    assert send(client(forgetful.address))
    assert 1 == len([one for one in forgetful.seen if one.method == "POST"])
    assert len(DATA) + CHUNK == sent(forgetful)


def test_registry_without_pieces(small: OciRegistry) -> None:
    """A registry that takes no pieces gets the blob in one request."""
    small.takes_pieces = False
    assert send(client(small.host))
    assert DATA == small.blobs[BLOB.digest]


def test_least_size_of_a_piece(small: OciRegistry) -> None:
    """A registry that says how small a piece may be gets none that is smaller, but for the last."""
    small.least = CHUNK + 1
    assert send(client(small.host))
    sizes = [int(each["Content-Length"]) for each in small.headers if "Content-Range" in each]
    assert [CHUNK + 1] * 3 == sizes[:-1]


def test_lock_is_looked_at_before_each_change(small: OciRegistry, between: Proxy) -> None:
    """Who lost the lock changes nothing any more, not in the middle of an upload either."""
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise LockLost("somebody else has the lock", do="see who")

    with pytest.raises(LockLost):
        upload(client(between.address), BLOB, lambda: io.BytesIO(DATA), check)
    assert ["POST", "PATCH"] == [one.method for one in between.seen if one.method != "HEAD"]


@pytest.mark.parametrize("size", [10, len(DATA)])
def test_lie_about_the_beginning(size: int, small: OciRegistry, between: Proxy) -> None:
    """Where the upload was never begun, though the answer said so, it is begun anew."""
    blob = Descriptor.of("application/octet-stream", DATA[:size])
    between.rewind(Break("yes-but-not", only=lambda method, _: method == "POST"))
    assert upload(client(between.address), blob, lambda: io.BytesIO(DATA[:size]), lambda: None)
    assert DATA[:size] == small.blobs[blob.digest]


def test_lie_about_the_whole(small: OciRegistry, between: Proxy) -> None:
    """A registry that says yes each time and has nothing is an error, after some tries."""
    between.rewind(Break("yes-but-not", times=None, only=lambda method, _: method not in {"HEAD", "POST"}))
    with pytest.raises(VerifyFailed, match="says that it took a blob, and has not got it"):
        send(client(between.address))


def test_wrong_size(small: OciRegistry) -> None:
    """A blob that has another size there is damage, which no upload would mend."""
    small.blobs[BLOB.digest] = DATA[:-1]
    with pytest.raises(Tampered, match=f"says that the blob has {len(DATA) - 1} bytes"):
        send(client(small.host))


def test_looking_leaves_nothing(small: OciRegistry, locked: DockerRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether one may push is found out without leaving an upload."""
    may_upload(client(small.host))
    assert ({}, {}) == (small.uploads, small.blobs)
    monkeypatch.setenv("RELEASE_IMAGES_USERNAME", "robot")
    with pytest.raises(TargetFailed, match="401"):
        may_upload(client(locked.host, "team/looking"))
    assert not locked.repository("team/looking").exists()
