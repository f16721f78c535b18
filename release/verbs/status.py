"""`status`: what users get now, what is under way, who holds the lock; and where the targets differ from the ledger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from release import ledger, lock, opening, record
from release.config import CHANNELS
from release.errors import ReleaseError, Tampered, VerifyFailed
from release.history import Channel, History, Operation
from release.model import Holding, Json
from release.run import Project
from release.targets import Target


def status(project: Project) -> dict[str, Json]:
    """Everything that `status` shows, as `--json` prints it. `in_step`: no target drifted or is unknown."""
    refs = opening.shared(project)
    refs.refresh()
    head = refs.read(ledger.REF)
    history = record.glance(project.repository, head, project.workspace.cache)
    holder = lock.read(refs)[1]
    channels = _channels(project, history)
    return {
        "schema": 1,
        "project": project.config.project,
        "ledger": {"head": head, "events": history.sequence},
        "channels": channels,
        "in_step": not any(channel["drift"] or channel["unknown"] for channel in channels),
        "owed": history.owed,
        "under_way": _under_way(project, history.operation) if history.operation else None,
        "lock": {"holder": str(holder), "expires": holder.expires} if holder and not holder.is_free() else None,
        "last": history.finished,
    }


def _channels(project: Project, history: History) -> list[dict[str, Json]]:
    """All of them; servers are asked side by side, since one that is down takes its time."""
    away = [target for target in project.targets if not target.embedded]
    with ThreadPoolExecutor(len(away) or 1) as pool:
        asked = {
            target.name: pool.submit(lambda one: [_channel(history, one, name) for name in one.channels], target)
            for target in away
        }
        rows = [
            row
            for target in project.targets
            for row in (
                asked[target.name].result()
                if target.name in asked
                else [_channel(history, target, name) for name in target.channels]
            )
        ]
    return sorted(rows, key=lambda row: CHANNELS.index(row["channel"]))


def _channel(history: History, target: Target, channel: str) -> dict[str, Json]:
    known = history.channels.get(f"{target.name}/{channel}", Channel())
    current = history.releases[known.current] if known.current else None
    expected = known.pointer
    drift, unknown, serving = "", "", None
    try:
        serving = target.serving(channel)
        if serving != expected:
            drift = f"it serves {_short(serving)}, the ledger says {_short(expected)}"
        elif current is not None:
            for artifact in current.built():
                if artifact.kind in target.takes and target.ask(artifact) is Holding.ABSENT:
                    drift = f"{artifact.name} of {current.version} is missing"
    except (Tampered, VerifyFailed) as error:
        drift = f"{error.what} ({error.where})"
    except ReleaseError as error:
        unknown = f"{error.what} ({error.where})"
    allowed = _pending(history.operation, target.name, channel)
    return {
        "target": target.name, "channel": channel, "address": target.address(channel),
        "version": known.current, "since": known.since or None,
        "pointer": serving, "expected": expected,
        "withdrawn": {version: why for version, why in list(known.versions.items())[-10:] if why is not None},
        "unknown": unknown,
        "drift": "" if serving is not None and serving == allowed else drift,
    }  # fmt: skip


def _pending(operation: Operation | None, target: str, channel: str) -> str | None:
    """The pointer that a channel may serve already, since an act was intended whose outcome is not recorded yet."""
    for key in operation.pending() if operation else ():
        act = operation.acts[key] if operation else {}
        if act["verb"] == "point" and (act["target"], act["channel"]) == (target, channel):
            return str(act["after"])
    return None


def _under_way(project: Project, operation: Operation) -> dict[str, Json]:
    from release.pipeline import RELEASE  # noqa: PLC0415 - it loads every step, which status seldom needs

    left_out = {"image": project.config.image is None, "attest": not project.config.attest}
    names = [step.name for step in RELEASE if not left_out.get(step.name)] if operation.verb == "release" else []
    left = names[max((names.index(name) + 1 for name in operation.steps if name in names), default=0) :]
    return {
        "verb": operation.verb, "version": operation.version, "commit": operation.commit, "began": operation.began,
        "by": operation.by, "done": list(operation.steps), "next": left[0] if left else None,
        "failed": operation.failed,
        "abandoning": operation.abandoning,
    }  # fmt: skip


def _short(pointer: str | None) -> str:
    return pointer.removeprefix("sha256:")[:12] if pointer else "nothing"


def _standing(row: dict[str, Json]) -> str:
    return row["drift"] or (f"unknown: {row['unknown']}" if row["unknown"] else "in step")


def render(data: dict[str, Json]) -> str:
    """For people."""
    lines = [f"{data['project']}: {data['ledger']['events']} events in the ledger", ""]
    rows = [
        (row["channel"], row["target"], row["version"] or "-", row["since"] or "never", _standing(row))
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
    lines.append(f"lock: {data['lock']['holder']}" if data["lock"] else "lock: free")
    return "\n".join(lines)
