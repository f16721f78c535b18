"""A variant behind a running TensorZero gateway, through `POST /inference`.

Its own protocol and not its OpenAI-compatible one: it takes TensorZero's input as data sets have it, templates, tool
results and files included; it names the variant; and it says what an inference cost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from evaluations.model import UNKNOWN, Answer, Datapoint, Json, Refusal, ToolCall, Usage
from evaluations.targets.completion import decode, measured
from evaluations.targets.endpoint import Endpoint, EndpointTarget
from evaluations.targets.gateway_input import gateway_input
from evaluations.targets.prices import Price, cost
from evaluations.targets.protocol import UnusableAnswerError, operation_url, said


class GatewayTarget(EndpointTarget):
    """One variant of one function; an async context manager that holds the connections."""

    def __init__(
        self,
        gateway_url: str,
        function_name: str,
        variant_name: str,
        *,
        api_key: str | None = None,
        timeout: float = 60.0,
        dryrun: bool = False,
        has_system: bool = False,
        images: Path | None = None,
        where: str = "gateway_url",
        variable: str = "TENSORZERO_API_KEY",
    ) -> None:
        """`has_system` says that the function has a system schema, so that an input of arguments is for it too.

        `images` is the data set's folder. `where` is the key path of the URL and `variable` the environment's variable
        of the key, for messages. Raises UsageError for an URL or a key that is none.
        """
        url = operation_url(gateway_url, "inference", where, "http://localhost:3000")
        self._endpoint = Endpoint(url, api_key=api_key, variable=variable, timeout=timeout)
        self._settings = {"function_name": function_name, "variant_name": variant_name, "dryrun": dryrun}
        self._has_system = has_system
        self._images = images

    @property
    def identity(self) -> Mapping[str, Json]:
        """Kind and address; function and variant are in each request. What the gateway makes of them is its secret."""
        return {"type": "tensorzero_gateway", "url": self._endpoint.url}

    @property
    def description(self) -> Mapping[str, Json]:
        """The identity with the function and the variant."""
        return {**self.identity, **self._settings}

    @property
    def priced(self) -> bool:
        """The gateway has the prices, and says what an inference cost."""
        return True

    def _request(self, datapoint: Datapoint) -> dict[str, Json]:
        given = gateway_input(datapoint.input, self._images, has_system=self._has_system)
        return {**self._settings, "input": given}

    async def attempt(self, request: bytes) -> Answer | Refusal:
        """Ask once. The gateway may try several times itself, as its configuration says."""
        return await self._endpoint.post(request, read_inference)


def read_inference(content: bytes) -> Answer:
    """The answer of `POST /inference`. Raises UnusableAnswerError where the body holds none."""
    inference = decode(content)
    try:
        blocks = [] if "output" in inference else inference["content"]  # `output` is a json function's
        text = _text(inference["output"]["raw"] if "output" in inference else blocks)
        finish = inference.get("finish_reason")
        return Answer(
            text,
            tool_calls=tuple(_call(block) for block in blocks if block["type"] == "tool_call"),
            finish=finish if isinstance(finish, str) else None,
            usage=_usage(inference.get("usage")),
        )
    except (LookupError, TypeError, AttributeError):
        raise UnusableAnswerError(f"the answer is no inference: {said(content)}") from None


def _text(given: Json) -> str | None:
    if given is None or isinstance(given, str):
        return given
    texts: list[str] = [block["text"] for block in given if block["type"] == "text"]
    return "".join(texts) if texts else None


def _call(block: Mapping[str, Json]) -> ToolCall:
    """As the model wrote it; `name` and `arguments` are null where they don't fit the gateway's configuration."""
    name, arguments = block.get("raw_name", block.get("name")), block.get("raw_arguments", block.get("arguments"))
    if not isinstance(name, str):
        raise TypeError
    return ToolCall(name, arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False))


def _usage(usage: Json) -> Usage:
    if not isinstance(usage, dict):
        return UNKNOWN
    return measured(usage.get("input_tokens"), usage.get("output_tokens"), cost(usage, (Price("/cost", 1.0),)))
