"""Tool use: which tools the model wants called, and with which arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from evaluations.errors import Complaint
from evaluations.evaluators.json_values import NotJsonError, difference
from evaluations.evaluators.messages import arguments_of
from evaluations.evaluators.scale import Scale
from evaluations.evaluators.specs import ExpectedTool
from evaluations.model import Answer, Datapoint, Rating, ToolCall


class ToolUse(Scale, frozen=True):
    """1 where the answer's tool calls are as `behavior` says, else 0; TensorZero's rules, and arguments beside.

    A tool that is there twice in `all_of` must be called twice; no call counts for two. Names are compared exactly.
    """

    kind: ClassVar[str] = "tool_use"
    behavior: Literal["none", "any", "none_of", "any_of", "all_of"] = "any"
    tools: tuple[str | ExpectedTool, ...] = ()

    def check(self, datapoint: Datapoint) -> Complaint | None:  # noqa: ARG002
        """It needs nothing of a datapoint."""
        return None

    async def score(self, datapoint: Datapoint, answer: Answer) -> float | Rating:  # noqa: ARG002
        """1.0 or 0.0, with what was called."""
        if self._holds(answer.tool_calls):
            return 1.0
        return Rating(0.0, f"called: {', '.join(call.name for call in answer.tool_calls[:20]) or 'nothing'}")

    def _holds(self, calls: Sequence[ToolCall]) -> bool:
        if self.behavior in {"none", "any"}:
            return bool(calls) is (self.behavior == "any")
        if self.behavior == "all_of":
            return _all_called(self.tools, calls)
        called = any(is_call_of(tool, call) for tool in self.tools for call in calls)
        return called is (self.behavior == "any_of")


def is_call_of(tool: str | ExpectedTool, call: ToolCall) -> bool:
    """Whether the call is of the tool, with the arguments that are expected."""
    if isinstance(tool, str) or tool.name != call.name:
        return tool == call.name
    if not tool.arguments and tool.allow_extra:
        return True
    try:
        given = arguments_of(call)
    except NotJsonError:
        return False
    if not isinstance(given, dict) or (not tool.allow_extra and given.keys() - tool.arguments.keys()):
        return False
    return all(name in given and difference(value, given[name]) is None for name, value in tool.arguments.items())


def _all_called(tools: Sequence[str | ExpectedTool], calls: Sequence[ToolCall]) -> bool:
    """Whether each tool has a call of its own: a matching in a bipartite graph, by augmenting paths."""
    possible = [[index for index, call in enumerate(calls) if is_call_of(tool, call)] for tool in tools]
    owner: dict[int, int] = {}

    def place(tool: int, tried: set[int]) -> bool:
        for call in possible[tool]:
            if call not in tried:
                tried.add(call)
                if call not in owner or place(owner[call], tried):
                    owner[call] = tool
                    return True
        return False

    return all(place(tool, set()) for tool in range(len(tools)))
