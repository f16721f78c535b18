"""Makes a channel of every target list the release.

Where nothing can be taken back is last: by then every other target has shown that it takes the release.
"""

from __future__ import annotations

from collections.abc import Sequence

from release.acts import Act, Point
from release.model import Change, WayBack
from release.run import Run, Step


def step(channel: str) -> Step:
    """The step that flips `channel` on all targets. It changes nothing where the channel lists the release already."""

    def acts(run: Run) -> Sequence[Act]:
        found = []
        for target in sorted(run.project.having(channel), key=lambda target: target.way_back is WayBack.ROLL_FORWARD):
            listing = run.history.listing(target.name, channel)
            if listing.find(run.candidate.version) is None:
                change = Change(add=(run.candidate.version,))
                after = run.history.after(target.name, channel, change)
                found.append(Point(target, channel, change, run.history.pointer(target.name, channel), after))
        return found

    def skip(run: Run) -> str | None:
        return None if run.project.having(channel) else f"no target has a {channel}"

    where = "every target" if channel == "stable" else "every target that has one"
    title, past = f"make {channel} serve it", f"{channel} serves it on {where}"
    return Step(channel, title, past, acts=acts, skip=skip, together=True)
