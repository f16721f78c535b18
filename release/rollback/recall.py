"""Acts on channels, made again from what the ledger has of them: to settle them, or to take them back."""

from __future__ import annotations

from release.acts import Point
from release.errors import ConfigError, ReleaseError
from release.ledger import Event, now
from release.ledger.fold import fold
from release.model import Change
from release.run import Run


def undoing(run: Run, key: str) -> Point:
    """The act that takes a finished act on a channel back."""
    done = intended(run, key)
    if done is None:
        raise ReleaseError(f"{key} can't be taken back", where=key)
    change = done.change.inverse()
    now = run.history.pointer(done.target.name, done.channel)
    return Point(
        done.target, done.channel, change, now, run.history.after(done.target.name, done.channel, change), undo=True
    )


def foresee(run: Run) -> None:
    """Settle the acts in the history alone, as `Pipeline.settle` will; for a plan, which records nothing."""
    history, operation = run.history, run.operation
    for key in operation.pending():
        act = intended(run, key)
        if act is not None and act.is_done():
            data = {"operation": operation.number, "key": key}
            fold([Event(history.sequence, now(), "act.done", act.past, data, history.head or "")], history)


def intended(run: Run, key: str) -> Point | None:
    """The act on a channel that an intent speaks of; None for acts that no channel shows, which need no settling."""
    data = run.operation.acts[key]
    if data["verb"] != "point" or key.startswith("repair "):
        return None
    target = next((target for target in run.project.targets if target.name == data["target"]), None)
    if target is None:
        raise ConfigError(
            f"an unfinished operation has changed the target {data['target']}, which is not configured here",
            where=f"profile {run.project.config.profile}, the operation is of {run.operation.data.get('profile')}",
            do="choose that profile (-- --profile NAME), or put the target back until the operation is finished",
        )  # fmt: skip
    change = Change.from_json(data["change"])
    listing = run.history.after(target.name, data["channel"], change)
    return Point(target, data["channel"], change, data["before"], listing, undo=key.startswith("undo "))
