"""Brings a blob to a registry (distribution-spec, "Push"): in one request, or in pieces that go on after a cut.

Where each piece ends is told by what was sent, not by the answers: there are registries that report an old place. What
the registry has is asked only after a cut or a piece that is out of place, and the digest of the whole decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import BinaryIO
from urllib.parse import quote, urljoin

import requests

from release.errors import TargetFailed, VerifyFailed
from release.oci.descriptor import Descriptor
from release.registry.client import Registry, passes
from release.web import Body

_RANGE = re.compile(r"(?:bytes=)?0-(\d+)")
_OCTETS = {"Content-Type": "application/octet-stream"}
_ELSEWHERE = 416
"""A piece does not begin where the registry is: an earlier one was lost, or has come after the registry was asked."""
_GONE = "run the command again: it sends what is missing"


def upload(registry: Registry, blob: Descriptor, source: Callable[[], BinaryIO], check: Callable[[], None]) -> bool:
    """Bring a blob there, unless it is; True where it was sent. `check` is called right before each change.

    `source` opens its bytes.

    TargetFailed where it is refused, VerifyFailed where the registry says it took it, and has not.
    """
    if registry.has_blob(blob):
        return False
    one = _Upload(registry, blob, source, check)
    whole = blob.size <= registry.chunk
    failed: TargetFailed | None = None
    for number in range(registry.patience.tries):
        registry.rest(number)
        failed = None
        try:
            one.whole() if whole else one.pieces()
        except TargetFailed as error:
            failed = error
        if registry.has_blob(blob):
            return True
        if failed is not None and not passes(failed) and failed.status != 404:  # what is unknown can be begun anew
            if whole:
                break
            whole = True  # there are registries that take no pieces, or only larger ones
    what = f"{registry.name} says that it took a blob, and has not got it"
    raise failed or VerifyFailed(what, where=f"{registry.repository}@{blob.digest}", do=_GONE)


def may_upload(registry: Registry) -> None:
    """Begin an upload and end it at once, which leaves nothing behind. TargetFailed where that is refused."""
    begun = registry.ask("POST", "blobs/uploads/", ok=(202,), body=lambda: b"")
    registry.ask("DELETE", _location(begun), ok=(200, 202, 204, 404, 405))


class _Upload:
    """One blob on its way."""

    def __init__(
        self, registry: Registry, blob: Descriptor, source: Callable[[], BinaryIO], check: Callable[[], None]
    ) -> None:
        self._registry, self._blob, self._source, self._check = registry, blob, source, check

    def whole(self) -> None:
        """In one request."""
        place, _ = self._begin()
        with self._source() as file:

            def body() -> Body:
                file.seek(0)
                return file if self._blob.size else b""

            self._registry.ask(
                "PUT", self._closing(place), ok=(201, 204), headers=_OCTETS, body=body, repeat=False, check=self._check
            )

    def pieces(self) -> None:
        """One after the other; after a cut from where the registry says that it is."""
        place, least = self._begin()
        chunk, offset, cuts = max(self._registry.chunk, least), 0, 0
        with self._source() as file:
            while True:
                file.seek(offset)
                piece = file.read(chunk)
                last = offset + len(piece) == self._blob.size
                try:
                    place = self._send(place, offset, piece, last=last)
                except TargetFailed as error:
                    cuts += 1
                    if cuts >= self._registry.patience.tries or not (passes(error) or error.status == _ELSEWHERE):
                        raise
                    if last and self._registry.has_blob(self._blob):
                        return
                    place, offset = self._resume(place, offset + len(piece), error)
                else:
                    if last:
                        return
                    offset += len(piece)

    def _begin(self) -> tuple[str, int]:
        """Where to send it, and the least size of a piece in bytes."""
        begun = self._registry.ask("POST", "blobs/uploads/", ok=(202,), body=lambda: b"", check=self._check)
        least = begun.headers.get("OCI-Chunk-Min-Length", "")
        return _location(begun), int(least) if least.isdecimal() else 0

    def _send(self, place: str, offset: int, piece: bytes, *, last: bool) -> str:
        headers = dict(_OCTETS)
        if piece:
            headers["Content-Range"] = f"{offset}-{offset + len(piece) - 1}"
        answer = self._registry.ask(
            "PUT" if last else "PATCH", self._closing(place) if last else place, ok=(201, 204) if last else (202, 204),
            headers=headers, body=lambda: piece, repeat=False, check=self._check,
        )  # fmt: skip
        return place if last else _location(answer)

    def _resume(self, place: str, sent: int, cut: TargetFailed) -> tuple[str, int]:
        """Where it goes on. The error of the cut, where the registry has forgotten it, or has what nobody sent."""
        answer = self._registry.ask("GET", place, ok=(204, 400, 404))
        found = _RANGE.fullmatch(answer.headers.get("Range", ""))
        if answer.status_code != 204 or found is None:
            raise cut
        offset = int(found[1]) + 1 if int(found[1]) else 0  # an upload without a byte is said to have 0-0
        if offset > sent:
            raise cut
        return (_location(answer) if "Location" in answer.headers else place), offset

    def _closing(self, place: str) -> str:
        return f"{place}{'&' if '?' in place else '?'}digest={quote(self._blob.digest, safe='')}"


def _location(answer: requests.Response) -> str:
    found = answer.headers.get("Location")
    if not found:
        what, do = "the registry does not say where an upload goes on", "ask who runs it"
        raise TargetFailed(what, where=str(answer.url).partition("?")[0], do=do)
    return urljoin(str(answer.url), found)
