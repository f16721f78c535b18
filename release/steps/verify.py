"""Gets the release as a user would, compares it with the ledger, and runs it, before anything is done for good.

From a channel; and where a target has no canary, from what is staged for it, since its first channel is stable.
"""

from __future__ import annotations

from collections.abc import Mapping

from release.model import Json
from release.proof.served import prove_channel, prove_staged
from release.run import Run, Step


def step(channel: str) -> Step:
    """The step that proves what `channel` serves on all targets that have it."""

    def work(run: Run) -> Mapping[str, Json]:
        return {"proven": prove_channel(run, channel, run.listed(), run.project.having(channel), start_it=True)}

    def holds(run: Run) -> bool:
        pointer = run.history.pointer
        return all(target.serving(channel) == pointer(target.name, channel) for target in run.project.having(channel))

    def skip(run: Run) -> str | None:
        return None if run.project.having(channel) else f"no target has a {channel}"

    return Step(
        f"verify {channel}",
        f"get it from {channel}, install it and run it",
        f"what users of {channel} get works",
        work=work,
        skip=skip,
        holds=holds,
    )


def _work(run: Run) -> Mapping[str, Json]:
    return {"proven": prove_staged(run, run.listed(), run.project.lacking("canary"))}


def _skip(run: Run) -> str | None:
    return None if run.project.lacking("canary") else "every target has a canary for that"


STAGED = Step(
    "verify staged",
    "install what is staged where there is no canary, and run it",
    "what is staged where there is no canary works",
    work=_work,
    skip=_skip,
)
