"""One address that takes JSON by POST, through aiohttp. Imported late: loading aiohttp takes 0.3 s.

The other side is not trusted: an answer is bounded in time and in size, and whatever it does becomes a Refusal.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import aiohttp
import msgspec
from msgspec.structs import replace
from yarl import URL

from evaluations.errors import Complaint
from evaluations.model import Answer, Datapoint, Failure, Json, Refusal
from evaluations.shared import Shared
from evaluations.targets.protocol import UnusableAnswerError, authorization, readable, said, seconds_asked
from evaluations.targets.proxy import proxy_of
from evaluations.targets.unfit import UnfitError

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

_encode = msgspec.json.Encoder().encode

Read = Callable[[bytes], Answer]
"""Makes an Answer of a body. Raises UnusableAnswerError."""

LARGEST_ANSWER = 4 << 20
"""Bytes. What is longer is given up while it is read. All of a run's concurrent answers may be that long at once."""
_CONNECT = 30.0
"""Seconds, at most, to be connected."""
_OK, _SERVER_ERRORS = 200, 500
_PASSING = frozenset({408, 409, 425, 429})
_OVERLOADED = frozenset({429, 503, 529})


class Endpoint:
    """A pool of connections to one address; an async context manager, which may be entered while it is open."""

    def __init__(self, url: str, *, api_key: str | None, variable: str, timeout: float) -> None:
        """`variable` is where `api_key` came from; `timeout` is seconds for one attempt, from connecting to the end.

        Raises UsageError for a key that no header can carry, and for a proxy that is none.
        """
        self.url = url
        self._url = URL(url)
        self._proxy = proxy_of(self._url)
        self._secrets = (api_key, *self._proxy.secrets)
        # Compressed answers would have to be unpacked to know their size.
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        self._headers |= authorization(api_key, variable)
        if self._url.scheme == "http":  # there is no tunnel: the proxy reads the request itself
            self._headers |= self._proxy.headers
        self._timeout = timeout
        self._pool = Shared(self._connect)

    def _connect(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # the limiter has the bound; waiting here would be time of answers
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=_CONNECT),
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=self._proxy.url,
            auto_decompress=False,
        )

    async def __aenter__(self) -> Self:
        """Open the pool."""
        await self._pool.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._pool.leave()

    async def post(self, body: bytes, read: Read) -> Answer | Refusal:
        """Ask once."""
        started = time.perf_counter()
        try:
            response, content = await self._exchange(body)
            if response.status != _OK:
                return self._refused(response, content)
            return replace(read(content), seconds=time.perf_counter() - started)
        except UnusableAnswerError as error:
            return self._refusal(error.cause, str(error), passing=error.passing)

    async def _exchange(self, body: bytes) -> tuple[aiohttp.ClientResponse, bytes]:
        """Head and body of the answer. Raises UnusableAnswerError where there is none."""
        try:
            # Headers of the session would go to a proxy too, with the key in them.
            async with self._pool.value.post(
                self._url,
                data=body,
                headers=self._headers,
                proxy_headers=self._proxy.headers,
                allow_redirects=False,
            ) as response:
                return response, await _read(response)
        except aiohttp.ConnectionTimeoutError:
            raise UnusableAnswerError("no connection in time", "connection", passing=True) from None
        except asyncio.TimeoutError:
            raise UnusableAnswerError(f"no whole answer within {self._timeout:g} s", "timeout") from None
        except aiohttp.ClientPayloadError as error:
            raise UnusableAnswerError(f"the answer breaks off: {error}", "truncated", passing=True) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise UnusableAnswerError(str(error) or type(error).__name__, "connection", passing=True) from None

    def _refused(self, response: aiohttp.ClientResponse, content: bytes) -> Refusal:
        status = response.status
        passing = (status in _PASSING or status >= _SERVER_ERRORS) and b"insufficient_quota" not in content
        asked = seconds_asked(response.headers.get("Retry-After"), datetime.now(timezone.utc))
        refusal = self._refusal(f"http_{status}", f"HTTP {status}: {said(content)}", passing=passing)
        return replace(refusal, wait=asked, overload=passing and status in _OVERLOADED)

    def _refusal(self, cause: str, message: str, *, passing: bool) -> Refusal:
        return Refusal(Failure(cause, readable(message, *self._secrets)), passing)


class EndpointTarget(ABC):
    """What the targets behind an endpoint have in common: they are open while it is, and send JSON."""

    _endpoint: Endpoint

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        await self._endpoint.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._endpoint.__aexit__(kind, error, trace)

    def prepare(self, datapoint: Datapoint) -> bytes | Complaint:
        """The body of the request."""
        try:
            return _encode(self._request(datapoint))
        except UnfitError as error:
            return error.complaint
        except UnicodeEncodeError:
            return Complaint("the input holds half of a surrogate pair, which is no text", "write the character whole")

    @abstractmethod
    def _request(self, datapoint: Datapoint) -> dict[str, Json]:
        """What is sent. Raises UnfitError."""


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body. Raises UnusableAnswerError where it is too long, or compressed."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        response.close()
        raise UnusableAnswerError("the answer is compressed, and the request said that it must not be")
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            response.close()
            raise UnusableAnswerError(f"the answer is longer than {LARGEST_ANSWER >> 20} MiB", "too_long")
    return bytes(content)
