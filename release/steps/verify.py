"""Gets the release from a channel as a user would, compares it with the ledger, and runs it."""

from __future__ import annotations

from collections.abc import Mapping

from release.model import Json
from release.proof import prove_channel
from release.run import Run, Step


def step(channel: str) -> Step:
    """The step that proves what `channel` serves on all targets."""

    def work(run: Run) -> Mapping[str, Json]:
        return {"proven": prove_channel(run, channel, run.listed(), run.project.having(channel), start_it=True)}

    def holds(run: Run) -> bool:
        pointer = run.history.pointer
        return all(target.serving(channel) == pointer(target.name, channel) for target in run.project.having(channel))

    return Step(
        f"verify {channel}",
        f"get it from {channel}, install it and run it",
        f"what users of {channel} get works",
        work=work,
        holds=holds,
    )
