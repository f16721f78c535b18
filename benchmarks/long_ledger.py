"""A project with thousands of releases on record: the ledger of its one real release, written again and again.

Every event is a commit with the bytes that the engine itself would have written, chained in the same way; only that
`git fast-import` writes them, since a process for each of 240,000 commits would take most of an hour. The targets serve
what the last events say: the index's pages list all the releases, and the image layout has all their tags.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256

from release import ledger
from release.config import CHANNELS
from release.git import Repository
from release.model import Artifact, Json, Listed, Listing
from release.oci.descriptor import Descriptor
from release.oci.layout import Layout
from release.targets.generations import Generations
from release.targets.simple_pages import checksums, render
from tests.sample import IDENTITY, Sample

_BEGUN = 1_600_000_000
"""When the first event was written, in seconds since 1970; the others follow, a second each."""
_HOLE = re.compile(r'"@#(\w+)@"|@(\w+)@')
"""In a template: a whole JSON value, or a part of a string."""


@dataclass(frozen=True)
class Template:
    """A text with holes, taken apart once, since it is filled thousands of times."""

    texts: Sequence[str]
    holes: Sequence[str]

    @classmethod
    def of(cls, text: str) -> Template:
        """From a text with `@name@` for a part of a string, and `"@#name@"` for a JSON value."""
        pieces = _HOLE.split(text)
        holes = [value or part for value, part in zip(pieces[1::3], pieces[2::3], strict=True)]
        return cls(pieces[::3], holes)

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with a value in every hole."""
        filled = [text + values[hole] for text, hole in zip(self.texts[:-1], self.holes, strict=True)]
        return "".join((*filled, self.texts[-1]))


class Series:
    """Releases 1.0.0, 2.0.0, ... like the real one, which is the last of them."""

    def __init__(self, events: Sequence[ledger.Event]) -> None:
        """`events` are those of the real release, the first in its ledger; its version's first part is its number."""
        self.version = str(events[0].data["version"])
        self.last = int(self.version.split(".")[0])
        built = [made for event in events for made in event.data.get("outcome", {}).get("artifacts", [])]
        names = [events[0].data["commit"], events[0].data["tag_object"]]
        self._digests = [*names, *(made[key] for made in built for key in ("sha256", "metadata_sha256") if key in made)]
        self.events = [Template.of(self._with_holes(_body(event))) for event in events]
        self._artifacts = Template.of(self._with_holes(json.dumps(built)))
        self._image = next(made["sha256"] for made in built if made["kind"] == "image")
        self.index_pointer = ""
        """Of the pages that list all releases."""

    def _with_holes(self, text: str) -> str:
        for number, digest in enumerate(self._digests):
            text = text.replace(digest, f"@digest{number}@").replace(digest[:12], f"@short{number}@")
        return text.replace(self.version, "@version@")

    def values(self, number: int, position: int) -> dict[str, str]:
        """What stands in the holes of release `number`, whose first event is the ledger's event `position`."""
        digests = {f"digest{place}": self._digest(digest, number) for place, digest in enumerate(self._digests)}
        shorts = {f"short{place}": digests[f"digest{place}"][:12] for place in range(len(self._digests))}
        pointers = {
            f"{target}_{when}": f'"{pointer(which)}"' if which else "null"
            for target, pointer in (("index", self._index_after), ("images", self._image_after))
            for when, which in (("before", number - 1), ("after", number))
        }
        return {"version": f"{number}.0.0", "operation": str(position), **digests, **shorts, **pointers}

    def _digest(self, digest: str, number: int) -> str:
        return digest if number == self.last else sha256(f"{digest} {number}".encode()).hexdigest()[: len(digest)]

    def _index_after(self, number: int) -> str:
        return self.index_pointer if number == self.last else sha256(f"pages {number}".encode()).hexdigest()

    def _image_after(self, number: int) -> str:
        return f"sha256:{self._digest(self._image, number)}"

    def listing(self) -> Listing:
        """Every release, as a channel lists it."""
        found = []
        for number in range(1, self.last + 1):
            position = (number - 1) * len(self.events) + 1
            artifacts = json.loads(self._artifacts.fill(self.values(number, position)))
            made = tuple(Artifact.from_json(artifact) for artifact in artifacts)
            found.append(Listed(f"{number}.0.0", made, _time(position)))
        return Listing(tuple(found))

    def messages(self) -> Iterator[tuple[int, str]]:
        """Second and message of every commit, first to last."""
        for number in range(1, self.last + 1):
            position = (number - 1) * len(self.events) + 1
            values = self.values(number, position)
            for sequence, event in enumerate(self.events, position):
                yield _BEGUN + sequence, event.fill({**values, "sequence": str(sequence), "time": _time(sequence)})


def _body(event: ledger.Event) -> str:
    """The commit's message, with holes for what depends on its place in the ledger."""
    data = json.loads(json.dumps(event.data))
    if "operation" in data:
        data["operation"] = "@#operation@"
    act = data.get("act", {})
    if act.get("verb") == "point":
        act |= {"before": f"@#{act['target']}_before@", "after": f"@#{act['target']}_after@"}
    fixed: dict[str, Json] = {"schema": ledger.SCHEMA, "kind": event.kind, "data": data}
    return f"{event.sentence}\n\n{ledger.canonical({**fixed, 'sequence': '@#sequence@', 'time': '@time@'})}\n"


def _time(sequence: int) -> str:
    moment = datetime.fromtimestamp(_BEGUN + sequence, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lengthen(sample: Sample) -> int:
    """Put earlier releases before the only one of `sample`, as many as its version says; the number of events."""
    repository = Repository(sample.root)
    series = Series(list(ledger.read(repository, str(repository.reference(ledger.REF)))))
    _serve(sample, series)
    _write(repository, series)
    return series.last * len(series.events)


def _serve(sample: Sample, series: Series) -> None:
    targets = sample.root / ".release" / "targets"
    pages = render("sample-project", series.listing())
    pages["SHA256SUMS"] = checksums(pages)
    series.index_pointer = sha256(pages["SHA256SUMS"]).hexdigest()
    index = Generations(targets / "index")
    for channel in CHANNELS:
        index.flip(targets / "index" / channel, pages, lambda: None)
    layout = Layout(targets / "images")
    names = layout.names()
    image = names[series.version]
    for listed in series.listing().releases[:-1]:
        digest = next(f"sha256:{made.sha256}" for made in listed.artifacts if made.kind == "image")
        names[listed.version] = Descriptor(image.media_type, digest, image.size)
    layout.name(names)


def _write(repository: Repository, series: Series) -> None:
    who = f"{IDENTITY['GIT_COMMITTER_NAME']} <{IDENTITY['GIT_COMMITTER_EMAIL']}>"
    new = "refs/releases/new"
    argv = ["git", "-C", str(repository.root), "-c", "core.compression=1", "fast-import", "--quiet", "--force"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as importer:
        assert importer.stdin is not None
        for second, message in series.messages():
            data = message.encode()
            head = f"commit {new}\nauthor {who} {second} +0000\ncommitter {who} {second} +0000\ndata {len(data)}\n"
            importer.stdin.write(head.encode() + data + b"\n")
    if importer.returncode:
        raise RuntimeError(f"git fast-import exited with {importer.returncode}")
    repository.git("update-ref", ledger.REF, new)
    repository.git("update-ref", "-d", new)
