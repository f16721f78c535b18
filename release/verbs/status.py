"""`status`: what users get now, what is under way, who holds the lock; and where the targets differ from the ledger."""

from __future__ import annotations

from release import ledger, lock, opening, record
from release.config import CHANNELS
from release.errors import ReleaseError
from release.history import Channel, History, Operation
from release.model import Holding, Json
from release.run import Candidate, Project, Run
from release.targets import Target
from release.verbs import partly


def status(project: Project) -> dict[str, Json]:
    """Everything that `status` shows, as `--json` prints it. `in_step` is False where a target drifted."""
    refs = opening.shared(project)
    refs.refresh()
    head = refs.read(ledger.REF)
    history = record.glance(project.repository, head, project.workspace.cache)
    holder = lock.read(refs)[1]
    channels = [_channel(history, target, channel) for channel in CHANNELS for target in project.having(channel)]
    return {
        "schema": 1,
        "project": project.config.project,
        "ledger": {"head": head, "events": history.sequence},
        "channels": channels,
        "in_step": not any(channel["drift"] for channel in channels),
        "owed": history.owed,
        "under_way": _under_way(project, history),
        "lock": {"holder": str(holder), "expires": holder.expires} if holder and not holder.is_free() else None,
        "last": history.finished,
    }


def _channel(history: History, target: Target, channel: str) -> dict[str, Json]:
    known = history.channels.get(f"{target.name}/{channel}", Channel())
    current = history.releases[known.current] if known.current else None
    expected = known.pointer
    drift, serving = "", None
    try:
        serving = target.serving(channel)
        if serving != expected:
            drift = f"it serves {_short(serving)}, the ledger says {_short(expected)}"
        elif current is not None:
            for artifact in current.built():
                if artifact.kind in target.takes and target.ask(artifact) is Holding.ABSENT:
                    drift = f"{artifact.name} of {current.version} is missing"
    except ReleaseError as error:
        drift = f"{error.what} ({error.where})"
    allowed = _pending(history.operation, target.name, channel)
    return {
        "target": target.name, "channel": channel, "address": target.address(channel),
        "version": known.current, "since": known.since or None,
        "pointer": serving, "expected": expected,
        "withdrawn": {version: why for version, why in list(known.versions.items())[-10:] if why is not None},
        "drift": "" if serving is not None and serving == allowed else drift,
    }  # fmt: skip


def _pending(operation: Operation | None, target: str, channel: str) -> str | None:
    """The pointer that a channel may serve already, since an act was intended whose outcome is not recorded yet."""
    for key in operation.pending() if operation else ():
        act = operation.acts[key] if operation else {}
        if act["verb"] == "point" and (act["target"], act["channel"]) == (target, channel):
            return str(act["after"])
    return None


def _under_way(project: Project, history: History) -> dict[str, Json] | None:
    operation = history.operation
    if operation is None:
        return None
    from release.pipeline import RELEASE  # noqa: PLC0415 - it loads every step, which status seldom needs

    data = operation.data
    candidate = Candidate(operation.version, operation.commit, data["epoch"], data["tag"], data["tag_object"])
    steps = RELEASE if operation.verb == "release" else ()
    names = [step.name for step in steps if step.skip(Run(project, candidate, history)) is None]
    left = names[max((names.index(name) + 1 for name in operation.steps if name in names), default=0) :]
    return {
        "verb": operation.verb, "version": operation.version, "commit": operation.commit, "began": operation.began,
        "by": operation.by, "done": list(operation.steps), "next": left[0] if left else None,
        "failed": operation.failed, "partly": partly.there(project, history),
        "abandoning": operation.abandoning,
    }  # fmt: skip


def _short(pointer: str | None) -> str:
    return pointer.removeprefix("sha256:")[:12] if pointer else "nothing"


def render(data: dict[str, Json]) -> str:
    """For people."""
    lines = [f"{data['project']}: {data['ledger']['events']} events in the ledger", ""]
    rows = [
        (row["channel"], row["target"], row["version"] or "-", row["since"] or "never", row["drift"] or "in step")
        for row in data["channels"]
    ]
    table = [("channel", "target", "version", "since", "target against ledger"), *rows]
    widths = [max(len(str(row[column])) for row in table) for column in range(4)]
    lines += [
        "  ".join([*(str(cell).ljust(width) for cell, width in zip(row[:4], widths, strict=True)), str(row[4])])
        for row in table
    ]
    withdrawn = {version: why for row in data["channels"] for version, why in row["withdrawn"].items()}
    lines += ["", *(f"withdrawn: {version}: {why}" for version, why in withdrawn.items())] if withdrawn else []
    lines.append("")
    way = data["under_way"]
    if way is None:
        lines.append("nothing is under way")
        if data["owed"]:
            version, targets = data["owed"]["version"], ", ".join(data["owed"]["targets"])
            lines.append(f"{targets} can't go back to {version}: nox -s rollback releases {version} again")
    else:
        lines.append(
            f"under way: {way['verb']} {way['version']} ({way['commit'][:12]}), begun {way['began']} by {way['by']}"
        )
        lines.append(
            f"  done: {', '.join(way['done']) or 'nothing yet'}" + (f"; next: {way['next']}" if way["next"] else "")
        )
        if way["failed"]:
            lines.append(f"  stopped at {way['failed']['step']}: {way['failed']['what'].splitlines()[0]}")
        lines += [f"  {there}" for there in way["partly"]]
    lines.append(f"lock: {data['lock']['holder']}" if data["lock"] else "lock: free")
    return "\n".join(lines)
