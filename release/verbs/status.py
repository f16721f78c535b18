"""`status`: what users get now, what is under way, who holds the lock; and where the targets differ from the ledger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import chain

from release import ledger, opening
from release.commands import command
from release.config import CHANNELS
from release.errors import ReleaseError, Tampered, VerifyFailed
from release.ledger import lock, record
from release.ledger.history import Channel, History
from release.ledger.operation import Operation
from release.model import Holding, Json
from release.rollback.eligibility import lacking
from release.run import Candidate, Project, Run, remaining
from release.targets import Target
from release.verbs import partly


def status(project: Project) -> dict[str, Json]:
    """Everything that `status` shows, as `--json` prints it. `in_step`: no target drifted or is unknown."""
    refs = opening.shared(project)
    refs.refresh()
    head = refs.read(ledger.REF)
    history = record.glance(project.repository, head, project.workspace.cache)
    holder = lock.read(refs)[1]
    short = lacking(history, [target.name for target in project.targets])
    channels = _channels(project, history)
    return {
        "schema": 1,
        "project": project.config.project,
        "profile": project.config.profile,
        "profiles": list(project.config.profiles),
        "ledger": {"head": head, "events": history.sequence},
        "channels": channels,
        "in_step": not any(channel["drift"] or channel["unknown"] for channel in channels),
        "owed": {**asdict(history.owed), "do": history.owed.sentence} if history.owed else None,
        "lacking": {**asdict(short), "do": short.sentence} if short else None,
        "under_way": _under_way(project, history, history.operation) if history.operation else None,
        "lock": {"holder": str(holder), "expires": holder.expires} if holder and not holder.is_free() else None,
        "last": history.finished,
        "last_release": history.last_release(),
    }


def _channels(project: Project, history: History) -> list[dict[str, Json]]:
    """All of them; targets are asked side by side, since a server that is down takes its time."""
    with ThreadPoolExecutor(len(project.targets)) as pool:
        asked = pool.map(lambda one: [_channel(history, one, name) for name in one.channels], project.targets)
        return sorted(chain.from_iterable(asked), key=lambda row: CHANNELS.index(row["channel"]))


def _channel(history: History, target: Target, channel: str) -> dict[str, Json]:
    known = history.channel(target.name, channel)
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
        "withdrawn": _withdrawn(history, target.name, known),
        "unknown": unknown,
        "drift": "" if serving is not None and serving == allowed else drift,
    }  # fmt: skip


def _withdrawn(history: History, target: str, known: Channel) -> dict[str, str]:
    """Of the last versions that it lists, those that were withdrawn there, also where it could not take them back."""
    last = list(known.versions.items())[-10:]
    marked = {version: why or history.releases[version].withdrawn.get(target) for version, why in last}
    return {version: why for version, why in marked.items() if why is not None}


def _pending(operation: Operation | None, target: str, channel: str) -> str | None:
    """The pointer that a channel may serve already, since an act was intended whose outcome is not recorded yet."""
    for key in operation.pending() if operation else ():
        act = operation.acts[key] if operation else {}
        if act["verb"] == "point" and (act["target"], act["channel"]) == (target, channel):
            return str(act["after"])
    return None


def _under_way(project: Project, history: History, operation: Operation) -> dict[str, Json]:
    left = _left(Run(project, Candidate.resumed(operation), history))
    return {
        "verb": operation.verb, "version": operation.version, "commit": operation.commit, "began": operation.began,
        "by": operation.by, "profile": operation.profile, "done": list(operation.steps),
        "next": left[0] if left else None, "do": operation.ways,
        "failed": operation.failed, "partly": partly.there(project, history),
        "abandoning": operation.abandoning,
    }  # fmt: skip


def _left(run: Run) -> list[str]:
    """The steps that are left; none where this profile can't tell, or where it is no list of steps."""
    from release.pipeline import FORWARD, RELEASE  # noqa: PLC0415 - it loads every step, which status seldom needs
    from release.verbs import turning  # noqa: PLC0415

    operation = run.operation
    if operation.profile != run.project.config.profile or operation.abandoning or operation.verb == "repair":
        return []
    made = {"release": RELEASE, "forward": FORWARD}
    steps = made.get(operation.verb) or turning.steps(turning.recorded(operation))
    return [step.name for step in remaining(run, steps)]


def _short(pointer: str | None) -> str:
    return pointer.removeprefix("sha256:")[:12] if pointer else "nothing"


def render(data: dict[str, Json]) -> str:
    """For people."""
    several = len(data["profiles"]) > 1
    of = f", profile {data['profile']}" if several else ""
    lines = [f"{data['project']}{of}: {data['ledger']['events']} events in the ledger", "", *_table(data["channels"])]
    withdrawn = {version: why for row in data["channels"] for version, why in row["withdrawn"].items()}
    lines += ["", *(f"withdrawn: {version}: {why}" for version, why in withdrawn.items())] if withdrawn else []
    way = data["under_way"]
    lines += ["", *(_way(way, data["profile"], several=several) if way else ["nothing is under way"])]
    if data["owed"] and not way:
        lines.append(data["owed"]["do"])
    elif data["lacking"]:
        lines.append(data["lacking"]["do"])
    last = data["last_release"]
    if last and last["profile"] != data["profile"]:
        shows = command("status", profile=last["profile"])
        lines.append(f"last release: {last['version']}, profile {last['profile']} ({shows})")
    lines.append(f"lock: {data['lock']['holder']}" if data["lock"] else "lock: free")
    return "\n".join(lines)


def _table(channels: list[dict[str, Json]]) -> list[str]:
    rows = [
        (row["channel"], row["target"], row["version"] or "-", row["since"] or "never", _state(row)) for row in channels
    ]
    table = [("channel", "target", "version", "since", "target against ledger"), *rows]
    widths = [max(len(str(row[column])) for row in table) for column in range(4)]
    return [
        "  ".join([*(str(cell).ljust(width) for cell, width in zip(row[:4], widths, strict=True)), str(row[4])])
        for row in table
    ]


def _state(row: dict[str, Json]) -> str:
    still = "in step, and withdrawn: it can't be taken back there"
    if row["unknown"]:
        return f"unknown: {row['unknown']}"
    return str(row["drift"]) or (still if row["version"] in row["withdrawn"] else "in step")


def _way(way: dict[str, Json], profile: str, *, several: bool) -> list[str]:
    of = f", profile {way['profile']}" if several or way["profile"] != profile else ""
    lines = [
        f"under way: {way['verb']} {way['version']} ({way['commit'][:12]}){of}, begun {way['began']} by {way['by']}"
    ]
    then = f"; next: {way['next']}" if way["next"] else ""
    lines.append(f"  done: {', '.join(way['done']) or 'nothing yet'}{then}")
    if way["failed"]:
        lines.append(f"  stopped at {way['failed']['step']}: {way['failed']['what'].splitlines()[0]}")
    return [*lines, *(f"  {there}" for there in way["partly"]), f"  {way['do']}"]
