"""What all targets on servers have in common: nothing of them is a file of this machine, and they keep no token."""

from __future__ import annotations

from pathlib import Path

from release.model import Fence


class OnServer:
    """The part of `release.targets.Target` that is about files. Nobody can be shut out of a server by a token.

    So every request that changes something looks at the lock right before, by `fence.check`.
    """

    embedded = False

    def greatest_token(self) -> int:
        """None was ever there."""
        return 0

    def seal(self, fence: Fence) -> None:
        """Nothing is kept there that would turn an older holder away."""

    def damaged(self) -> list[Path]:
        """None that could be moved from here."""
        return []

    def set_aside(self, fence: Fence) -> None:
        """Nothing is; `put` and `point` replace what is missing."""
