"""Data sets that a TensorZero gateway holds: POST /v1/datasets/NAME/list_datapoints, page by page, into a file."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, BinaryIO

from evaluations.data.specs import GatewaySpec
from evaluations.data.strict_json import encode, explain, strict
from evaluations.errors import DatasetError, UsageError
from evaluations.model import Json
from evaluations.targets.protocol import readable

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

_LARGEST_PAGE = 256 << 20
"""Bytes of one answer. A larger one is refused before it is in memory."""


def fetch(spec: GatewaySpec, file: BinaryIO) -> None:
    """Write all datapoints to the file as JSON Lines, the oldest first, and go back to its start.

    Raises DatasetError where the gateway does not give them, and UsageError where its key is missing.
    """
    gateway = _Gateway(spec)
    offset, last = 0, None
    while page := gateway.page(offset):  # a short page is not the end: the gateway may give fewer than it is asked for
        if page == last:
            raise gateway.error("the gateway gives the same page again and again")
        file.writelines(encode(datapoint) + b"\n" for datapoint in page)
        offset, last = offset + len(page), page
    file.seek(0)


class _Gateway:
    def __init__(self, spec: GatewaySpec) -> None:
        from urllib.parse import quote  # noqa: PLC0415, late: only data sets of a gateway need it

        self._spec = spec
        self._url = f"{spec.url.rstrip('/')}/v1/datasets/{quote(spec.dataset_name, safe='')}/list_datapoints"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        self._key = ""
        variable = spec.api_key_location.removeprefix("env::")
        if variable != "none":
            self._key = os.environ.get(variable, "")
            if not self._key:
                raise UsageError("the gateway's key is not set", where=variable, do=f"export {variable}=...")
            self._headers["Authorization"] = f"Bearer {self._key}"
        self._opener = _opener()

    def page(self, offset: int) -> list[Json]:
        """So many datapoints; none after the end."""
        # By time, and the oldest first: what is added while pages are read comes after them.
        asked: dict[str, Json] = {"limit": self._spec.page_size, "offset": offset}
        asked["order_by"] = [{"by": "timestamp", "direction": "ascending"}]
        if self._spec.function_name is not None:
            asked["function_name"] = self._spec.function_name
        try:
            answer = strict(self._post(encode(asked)).decode())
        except ValueError as error:
            raise self.error(f"the gateway's answer is {explain(error)}") from None
        page = answer.get("datapoints") if isinstance(answer, dict) else None
        if not isinstance(page, list):
            raise self.error('the gateway\'s answer has no list "datapoints"')
        if len(page) > self._spec.page_size:
            raise self.error("the gateway gave more datapoints than it was asked for")
        return page

    def _post(self, body: bytes) -> bytes:
        import http.client  # noqa: PLC0415, late, like the next
        from urllib.error import HTTPError, URLError  # noqa: PLC0415
        from urllib.request import Request  # noqa: PLC0415

        request = Request(self._url, body, self._headers, method="POST")  # noqa: S310, http and https only, by the spec
        try:
            with self._opener.open(request, timeout=self._spec.timeout) as response:
                data: bytes = response.read(_LARGEST_PAGE + 1)
                missing = response.length
        except HTTPError as error:
            with error:
                raise self.error(f"the gateway answers {error.code}: {self._excerpt(error)}") from None
        except (URLError, OSError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, URLError) else error
            raise self.error(f"the gateway does not answer: {reason or type(reason).__name__}") from None
        if len(data) > _LARGEST_PAGE:
            raise self.error(f"a page is larger than {_LARGEST_PAGE >> 20} MiB", "ask for less with page_size")
        if missing:  # Python's client says nothing where the connection is closed too early
            raise self.error(f"the gateway's answer was cut short: {missing} bytes are missing")
        return data

    def error(self, what: str, do: str = "see that the gateway runs there and has this data set") -> DatasetError:
        """What is wrong with its answers."""
        return DatasetError(what, where=self._url, do=do)

    def _excerpt(self, answer: IO[bytes]) -> str:
        """The first words of an error, on one line, without the key."""
        try:
            words = answer.read(3000).decode(errors="replace")
        except OSError:
            words = ""
        return readable(words, self._key) or "nothing"


def _opener() -> OpenerDirector:
    """Follows no redirect: the key is for the gateway alone."""
    from urllib.request import HTTPRedirectHandler, build_opener  # noqa: PLC0415

    class NoRedirect(HTTPRedirectHandler):
        def redirect_request(self, *_arguments: object, **_named: object) -> None:
            return None

    return build_opener(NoRedirect)
