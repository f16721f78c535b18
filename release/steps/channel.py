"""Makes a channel of every target list the release."""

from __future__ import annotations

from collections.abc import Sequence

from release.acts import Act, Point
from release.model import Change
from release.run import Run, Step


def step(channel: str) -> Step:
    """The step that flips `channel` on all targets. It changes nothing where the channel lists the release already."""

    def acts(run: Run) -> Sequence[Act]:
        found = []
        for target in run.project.targets:
            listing = run.history.listing(target.name, channel)
            if listing.find(run.candidate.version) is None:
                change = Change(add=(run.candidate.version,))
                after = run.history.after(target.name, channel, change)
                found.append(Point(target, channel, change, run.history.pointer(target.name, channel), after))
        return found

    return Step(channel, f"make {channel} serve it", f"{channel} serves it on every target", acts=acts)
