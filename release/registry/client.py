"""One repository of a registry: asks for manifests and blobs, and compares all that it is given with its digest."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from release.errors import Tampered, TargetFailed, VerifyFailed
from release.oci.descriptor import DIGEST, INDEX, MANIFEST, Descriptor, digest_of
from release.registry.login import Login
from release.registry.names import ImageRepository
from release.web import Body, Patience, Web
from release.web.answers import PASSING

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
_ACCEPT = f"{MANIFEST}, {INDEX}, {DOCKER_MANIFEST}, {DOCKER_INDEX}"
_LARGEST = 4 << 20
"""Bytes of a manifest (distribution-spec, "Pushing Manifests")."""
CHUNK = 4_000_000
"""Bytes of a request in an upload of several; GHCR takes no more than 4 MiB in one."""


@dataclass(frozen=True)
class Manifest:
    """A manifest as it came, its digest compared."""

    data: bytes
    media_type: str

    @property
    def digest(self) -> str:
        return digest_of(self.data)

    @property
    def descriptor(self) -> Descriptor:
        return Descriptor.of(self.media_type, self.data)

    def blobs(self) -> tuple[Descriptor, ...]:
        """Layers and config. VerifyFailed where it is no image for one platform."""
        try:
            content = json.loads(self.data)
            return tuple(Descriptor.from_json(one) for one in (*content["layers"], content["config"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            what, do = f"{self.digest} is not the manifest of an image", "see what was pushed there"
            raise VerifyFailed(what, where=self.digest, do=do) from None


class Registry:
    """A repository, over HTTP."""

    def __init__(
        self, repository: ImageRepository, name: str, *, patience: Patience | None = None, chunk: int = CHUNK
    ) -> None:
        """`name` is the target's, for messages and for its credentials; `chunk` is in bytes."""
        self.repository, self.name, self.chunk = repository, name, chunk
        self.patience = patience or Patience()
        self._known: set[str] = set()
        """Digests of manifests that the registry has, as far as was seen."""
        self._login = Login(repository, name, self.patience)
        self._web = Web(repository.url, name=name, auth=self._login, patience=self.patience)

    def ask(
        self, method: str, address: str, *, ok: Collection[int] = (200,), headers: Mapping[str, str] | None = None,
        body: Callable[[], Body] | None = None, repeat: bool = True, check: Callable[[], None] | None = None,
        accept: Callable[[requests.Response], None] | None = None, **options: Any,
    ) -> requests.Response:  # fmt: skip
        """As `Web.ask`, with login where it is demanded: the registry answers 401 before it has done anything."""

        def look(answer: requests.Response) -> None:
            if accept is not None and answer.status_code in ok:
                accept(answer)

        for last in (False, False, True):  # once to log in, once where the token has ended early
            allowed = ok if last else (*ok, 401)
            answer = self._web.ask(
                method, address, ok=allowed, headers=headers, body=body, repeat=repeat, check=check, accept=look,
                **options,
            )  # fmt: skip
            if answer.status_code != 401:
                return answer
            if not self._login.answer(answer.headers.get("WWW-Authenticate", "")):
                refused = self._web.refused(answer)
                refused.do = self._login.advice() or refused.do
                raise refused
            answer.close()
        raise AssertionError("the last one is returned, or raises")

    def manifest(self, reference: str) -> Manifest | None:
        """The manifest of a tag or digest; None where there is none. VerifyFailed where wrong bytes come every time."""
        found: list[Manifest] = []

        def take(answer: requests.Response) -> None:
            if answer.status_code == 200:
                found[:] = [self._taken(answer, reference)]

        self.ask("GET", f"manifests/{reference}", ok=(200, 404), headers=_headers(), accept=take, stream=True)
        return found[0] if found else None

    def _taken(self, answer: requests.Response, reference: str) -> Manifest:
        data = self._web.read(answer, _LARGEST)
        manifest = Manifest(data, answer.headers.get("Content-Type", "").partition(";")[0])
        by_digest = DIGEST.fullmatch(reference) is not None
        wanted = reference if by_digest else answer.headers.get("Docker-Content-Digest", manifest.digest)
        if wanted != manifest.digest:
            what = f"{self.name} gives bytes of {manifest.digest}, and they should be {wanted}"
            raise VerifyFailed(what, where=f"{self.repository}:{reference}", do="look at what stands between")
        if not by_digest and manifest.digest not in self._known:  # a tag tells nothing of the bytes, their digest does
            address = f"manifests/{manifest.digest}"
            if self.ask("HEAD", address, ok=(200, 404), headers=_headers()).status_code == 404:
                what = f"{self.name} gives {manifest.digest} for a tag, and has no such manifest"
                raise VerifyFailed(what, where=f"{self.repository}:{reference}", do="run the command again")
        self._known.add(manifest.digest)
        return manifest

    def has_blob(self, blob: Descriptor) -> bool:
        """Whether it is there. Tampered where it has, again and again, another size."""
        where = f"{self.repository}@{blob.digest}"

        def take(answer: requests.Response) -> None:
            said = answer.headers.get("Content-Length", str(blob.size))
            if answer.status_code == 200 and said != str(blob.size):
                what = f"{self.name} says that the blob has {said} bytes, and it has {blob.size}"
                raise VerifyFailed(what, where=where)

        try:
            answer = self.ask("HEAD", f"blobs/{blob.digest}", ok=(200, 404), accept=take, headers=_headers())
        except VerifyFailed as error:
            raise Tampered(error.what, where=where, do="restore the registry's storage from a backup") from None
        return answer.status_code == 200

    def blob(self, blob: Descriptor) -> bytes:
        """The bytes. TargetFailed where the download breaks off again and again, VerifyFailed where they are wrong."""
        found: list[bytes] = []

        def take(answer: requests.Response) -> None:
            data = self._web.read(answer, blob.size)
            if digest_of(data) != blob.digest:
                what = f"{self.name} gives other bytes for a blob: {digest_of(data)}"
                do = "look at what stands between; if there is nothing, the registry's storage is damaged"
                raise VerifyFailed(what, where=f"{self.repository}@{blob.digest}", do=do)
            found[:] = [data]

        self.ask("GET", f"blobs/{blob.digest}", headers=_headers(), accept=take, stream=True)
        return found[0]

    def place(self, reference: str, manifest: Manifest, check: Callable[[], None], *, moves: bool = True) -> None:
        """Put a manifest under a digest or tag, and ask whether it is there, whatever the answer to that was.

        TargetFailed where it was refused, VerifyFailed where that was said to have worked, and has not. Tampered where
        a tag that never `moves` is another image's meanwhile.
        """
        headers = {"Content-Type": manifest.media_type}
        failed: TargetFailed | None = None
        for number in range(self.patience.tries):
            self.rest(number)
            failed = None
            try:
                self.ask(
                    "PUT", f"manifests/{reference}", ok=(200, 201, 202), headers=headers, body=lambda: manifest.data,
                    check=check, repeat=False,
                )  # fmt: skip
            except TargetFailed as error:
                failed = error
            found = self.manifest(reference)
            if found is not None and found.digest == manifest.digest:
                return
            if found is not None and not moves:
                what = f"the tag {reference} is {found.digest}, and was to be {manifest.digest}"
                do = "find out who else pushes to this repository"
                raise Tampered(what, where=f"{self.repository}:{reference}", do=do)
            if failed is not None and not passes(failed):
                break
        what = f"{self.name} says that it took {reference}, and does not give it"
        do = "run the command again; if it stays so, ask who runs the registry"
        raise failed or VerifyFailed(what, where=f"{self.repository}:{reference}", do=do)

    def rest(self, number: int) -> None:
        """Wait before a further try, longer each time; not before the first."""
        if number:
            self._web.sleep(self.patience.pause * 2 ** (number - 1))


def passes(failed: TargetFailed) -> bool:
    """Whether a later try may go better."""
    return failed.status is None or failed.status in PASSING


def _headers() -> dict[str, str]:
    """Bytes as they are stored, for they are to have their digest."""
    return {"Accept": _ACCEPT, "Accept-Encoding": "identity"}
