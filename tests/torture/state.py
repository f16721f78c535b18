"""What a run leaves behind, read without the engine: bytes of the targets, refs, and the acts in the ledger."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from release.targets.fencing import FENCE, LOCK
from tests.sample import Sample

CHANNELS = ("canary", "stable")


def served(targets: Path) -> dict[str, str]:
    """Path to sha256, or to the end of a link, of all that the targets hold but generations that no channel shows."""
    found = {}
    for target in sorted(targets.iterdir()):
        shown = {(target / channel).readlink().name for channel in CHANNELS if (target / channel).is_symlink()}
        for path, content in everything(target).items():
            parts = Path(path).parts
            if parts[0] != "generations" or parts[1] in shown:
                found[f"{target.name}/{path}"] = content
    return found


def everything(folder: Path) -> dict[str, str]:
    """Path to sha256, or to the end of a link, of every file below a folder; what fences writers apart is left out."""
    return {
        str(path.relative_to(folder)): f"-> {path.readlink()}" if path.is_symlink() else _sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.name not in (LOCK, FENCE) and (path.is_symlink() or path.is_file())
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def events(sample: Sample) -> list[dict[str, Any]]:
    """The bodies of the ledger's events, first to last, as git has them."""
    texts = sample.git("log", "--reverse", "--format=%b%x00", "refs/releases/ledger").split("\0")
    return [json.loads(text) for text in texts if text.strip()]


def named(event: dict[str, Any]) -> str:
    """A short name of an event."""
    data = event["data"]
    return f"{event['kind']} {data.get('key') or data.get('step') or data.get('version') or ''}".strip()


def story(sample: Sample) -> list[str]:
    """The ledger reduced to what was begun and ended, and to acts, in order."""
    return [named(event) for event in events(sample) if event["kind"].startswith(("act.", "operation."))]


def twice(sample: Sample) -> list[str]:
    """Acts that one operation intended or recorded more than once, or intended without an outcome."""
    wrong, counts = [], {"act.intended": list[str](), "act.done": list[str]()}
    for event in events(sample):
        if event["kind"] == "operation.started":
            counts = {"act.intended": [], "act.done": []}
        elif event["kind"] in counts:
            counts[event["kind"]].append(event["data"]["key"])
        elif event["kind"] in ("operation.finished", "operation.closed"):
            intended, done = counts["act.intended"], counts["act.done"]
            wrong += [key for key in {*intended, *done} if not intended.count(key) == done.count(key) == 1]
    return wrong


def refs(repository: Path, sample: Sample, *patterns: str) -> str:
    """Every ref of a repository, or those that match, with its object."""
    return sample.git("--git-dir", str(repository), "for-each-ref", "--format=%(refname) %(objectname)", *patterns)


def published(remote: Path, sample: Sample) -> str:
    """Branches and tags of the remote."""
    return refs(remote, sample, "refs/heads", "refs/tags")
