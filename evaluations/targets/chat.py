"""A model behind an OpenAI-compatible chat endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import asdict

from evaluations.model import Answer, Datapoint, Json, Refusal
from evaluations.targets.completion import read_completion
from evaluations.targets.endpoint import Endpoint, EndpointTarget
from evaluations.targets.prices import Price
from evaluations.targets.prompt import Prompt
from evaluations.targets.protocol import completions_url


class ChatTarget(EndpointTarget):
    """One model behind `ENDPOINT/chat/completions`; an async context manager that holds the connections."""

    def __init__(
        self,
        endpoint: str,
        model: str,
        *,
        system: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
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
        url = completions_url(endpoint, where or "endpoint")
        self._endpoint = Endpoint(url, api_key=api_key, variable=variable, timeout=timeout)
        self._prompt = prompt or Prompt(system=system)
        self.model = model
        self._settings = {"model": model, **settings}
        self._prices = tuple(prices)
        self._answer_tool = answer_tool

    @property
    def identity(self) -> Mapping[str, Json]:
        """Kind and address; the model and its settings are in each request."""
        return {"type": "chat", "url": self._endpoint.url}

    @property
    def description(self) -> Mapping[str, Json]:
        """The identity with all that is in each request, and the prices."""
        settings = {name: value for name, value in self._settings.items() if name != "model"}
        prices = [asdict(price) for price in self._prices]
        described = {"model": self.model, "settings": settings, "prompt": self._prompt.description, "prices": prices}
        return {**self.identity, **described, "answer_tool": self._answer_tool}

    @property
    def priced(self) -> bool:
        """Whether the configuration gives prices."""
        return bool(self._prices)

    def _request(self, datapoint: Datapoint) -> dict[str, Json]:
        return {**self._settings, "messages": self._prompt.messages(datapoint.input)}

    async def attempt(self, request: bytes) -> Answer | Refusal:
        """Ask once."""
        return await self._endpoint.post(request, self._read)

    def _read(self, content: bytes) -> Answer:
        return read_completion(content, self._prices, self._answer_tool)
