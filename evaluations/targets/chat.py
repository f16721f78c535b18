"""The OpenAI-compatible chat endpoint, through aiohttp. Imported late: loading aiohttp takes 0.3 s."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from evaluations.model import Answer, Datapoint, Failure
from evaluations.retries import Refusal, Retries, insist, seconds_asked
from evaluations.targets.protocol import (
    UnusableAnswerError,
    answer_text,
    authorization,
    completions_url,
    readable,
    said,
)

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

LARGEST_ANSWER = 16 << 20
"""Bytes. What is longer is given up while it is read."""
_OK, _SERVER_ERRORS = 200, 500
_PASSING = frozenset({408, 409, 425, 429})


class ChatTarget:
    """One model behind `ENDPOINT/chat/completions`; an async context manager that holds the connections."""

    def __init__(
        self,
        endpoint: str,
        model: str,
        *,
        system: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
        concurrency: int = 64,
        retries: Retries | None = None,
    ) -> None:
        """`endpoint` is the base URL, `http://host/v1`; `timeout` is seconds for one attempt. Raises UsageError."""
        self._url = URL(completions_url(endpoint))
        self._model = model
        self._system = [] if system is None else [{"role": "system", "content": system}]
        self._key = api_key
        self._headers = {"Content-Type": "application/json", **authorization(api_key)}
        self._timeout = timeout
        self._concurrency = concurrency
        self._retries = retries or Retries()

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._concurrency),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=_proxy(self._url),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._session.close()

    async def ask(self, datapoint: Datapoint) -> Answer | Failure:
        """Ask, again where that may help. A request that ran out of time is not repeated: it would again."""
        body = json.dumps({"model": self._model, "messages": [*self._system, *datapoint.messages]}).encode()
        return await insist(lambda: self._attempt(body), self._retries)

    async def _attempt(self, body: bytes) -> Answer | Refusal:
        started = time.perf_counter()
        try:
            # Headers of the session would go to a proxy too, with the key in them.
            async with self._session.post(
                self._url, data=body, headers=self._headers, allow_redirects=False
            ) as response:
                content = await _read(response)
        except asyncio.TimeoutError:
            return self._refusal("timeout", f"no answer within {self._timeout:g} s (--timeout)", passing=False)
        except aiohttp.ClientError as error:
            return self._refusal("connection", str(error) or type(error).__name__, passing=True)
        if content is None:
            return self._refusal("response", f"the answer is longer than {LARGEST_ANSWER >> 20} MiB", passing=False)
        status = response.status
        if status != _OK:
            passing = (status in _PASSING or status >= _SERVER_ERRORS) and b"insufficient_quota" not in content
            asked = seconds_asked(response.headers.get("Retry-After"), datetime.now(timezone.utc))
            return self._refusal(f"http_{status}", f"HTTP {status}: {said(content)}", passing=passing, wait=asked)
        try:
            return Answer(answer_text(content), time.perf_counter() - started)
        except UnusableAnswerError as error:
            return self._refusal("response", f"{error}: {said(content)}", passing=False)

    def _refusal(self, cause: str, message: str, *, passing: bool, wait: float | None = None) -> Refusal:
        return Refusal(Failure(cause, readable(message, self._key)), passing, wait)


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            response.close()
            return None
    return bytes(content)


def _proxy(url: URL) -> URL | None:
    """From HTTP_PROXY, HTTPS_PROXY and NO_PROXY; aiohttp's `trust_env` would also send passwords out of .netrc."""
    address = getproxies().get(url.scheme)
    if address is None or url.host is None or proxy_bypass(url.host):
        return None
    return URL(address)
