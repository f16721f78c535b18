"""A model behind an OpenAI-compatible chat endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from evaluations.errors import Complaint
from evaluations.model import Answer, Datapoint, Json, Refusal
from evaluations.targets.completion import read_completion
from evaluations.targets.endpoint import Endpoint
from evaluations.targets.prices import Price
from evaluations.targets.prompt import Prompt
from evaluations.targets.protocol import completions_url
from evaluations.targets.unfit import UnfitError

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

_encode = msgspec.json.Encoder().encode


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
        prompt: Prompt | None = None,
        settings: Mapping[str, Json] = MappingProxyType({}),
        prices: Sequence[Price] = (),
        answer_tool: str | None = None,
        where: str | None = None,
        variable: str = "OPENAI_API_KEY",
    ) -> None:
        """`endpoint` is the base URL, `http://host/v1`; `timeout` is seconds for one attempt. Raises UsageError.

        `prompt` makes messages of inputs, and takes the place of `system`. `settings` are further fields of each
        request. The arguments of a call of the tool `answer_tool` are the answer's text. `where` is the key path of the
        endpoint and `variable` the environment's variable of the key, for messages.
        """
        url = completions_url(endpoint, where)
        self._endpoint = Endpoint(url, api_key=api_key, variable=variable, timeout=timeout, concurrency=concurrency)
        self._prompt = prompt or Prompt(system=system)
        self.model = model
        self._settings = {"model": model, **settings}
        self._prices = tuple(prices)
        self._answer_tool = answer_tool

    async def __aenter__(self) -> Self:
        """Open the pool of connections."""
        await self._endpoint.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._endpoint.__aexit__(kind, error, trace)

    @property
    def identity(self) -> Mapping[str, Json]:
        """Kind and address; the model and its settings are in each request."""
        return {"type": "chat", "url": self._endpoint.url}

    def prepare(self, datapoint: Datapoint) -> bytes | Complaint:
        """The body of the request."""
        try:
            return _encode({**self._settings, "messages": self._prompt.messages(datapoint.input)})
        except UnfitError as error:
            return error.complaint
        except UnicodeEncodeError:
            return Complaint("the input holds half of a surrogate pair, which is no text", "write the character whole")

    async def attempt(self, request: bytes) -> Answer | Refusal:
        """Ask once."""
        return await self._endpoint.post(request, self._read)

    def _read(self, content: bytes) -> Answer:
        return read_completion(content, self._prices, self._answer_tool)
