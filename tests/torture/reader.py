"""A user who reads both channels all the while: `python reader.py TARGETS PROJECT`; ends when its input is closed.

Quick rounds follow each channel's link and compare everything that it leads to; slow ones are real downloads by pip.
Prints one JSON object: how often it looked, which versions each channel gave, one after the other, and what was wrong.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

CHANNELS = ("canary", "stable")
_QUICK, _SLOW = 0.05, 4.0
"""Seconds of rest between two rounds."""


class Reader:
    """Looks, and remembers what it saw."""

    def __init__(self, targets: Path, project: str) -> None:
        self.index = targets / "index"
        self.images = targets / "images"
        self.project = project
        self.counts = {"quick": 0, "pip": 0}
        self.seen: dict[str, list[str]] = {}
        self.wrong: list[str] = []
        self._known: dict[tuple[str, int, int, int], str] = {}

    def quick(self) -> None:
        """Both channels of both targets, once."""
        for channel in CHANNELS:
            if (self.index / channel).is_symlink():
                self._note(f"pages of {channel}", self._pages(channel))
        if (self.images / "index.json").exists():
            for name, version in self._images():
                if name in CHANNELS:
                    self._note(f"image of {name}", version)
        self.counts["quick"] += 1

    def pip(self) -> None:
        """What pip downloads, from one channel after the other."""
        channel = CHANNELS[(os.getpid() + self.counts["pip"]) % 2]
        with tempfile.TemporaryDirectory() as folder:
            url = f"file://{self.index}/{channel}/simple/"
            argv = [sys.executable, "-m", "pip", "download", "--quiet", "--isolated", "--no-cache-dir", "--no-deps"]
            argv += ["--disable-pip-version-check", "--index-url", url, "--dest", folder, self.project]
            done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode or done.stderr:
                raise ValueError(f"pip from {channel}: {done.stderr}")
            self._note(f"pip from {channel}", next(Path(folder).iterdir()).name.split("-")[1])
        self.counts["pip"] += 1

    def _note(self, what: str, version: str) -> None:
        seen = self.seen.setdefault(what, [])
        if seen[-1:] != [version]:
            seen.append(version)

    def _pages(self, channel: str) -> str:
        digest = (self.index / channel).readlink().name
        folder = self.index / "generations" / digest
        sums = (folder / "SHA256SUMS").read_bytes()
        _same(hashlib.sha256(sums).hexdigest(), digest, f"SHA256SUMS of {channel}")
        for line in sums.decode().splitlines():
            sha256, _, name = line.partition("  ")
            _same(hashlib.sha256((folder / name).read_bytes()).hexdigest(), sha256, f"{name} of {channel}")
        page = folder / "simple" / self.project
        files: list[dict[str, Any]] = json.loads((page / "index.json").read_bytes())["files"]
        for file in files:
            path = self.index / file["url"].removeprefix("../../../")
            _same(self._sha256(path), file["hashes"]["sha256"], str(path))
            if "core-metadata" in file:
                metadata = path.with_name(f"{path.name}.metadata")
                _same(self._sha256(metadata), file["core-metadata"]["sha256"], str(metadata))
            if f">{file['filename']}</a>" not in (page / "index.html").read_text():
                raise ValueError(f"index.html of {channel} has no {file['filename']}")
        wheels = [file for file in files if file["filename"].endswith(".whl") and not file["yanked"]]
        return max(str(file["filename"]).split("-")[1] for file in wheels)

    def _images(self) -> Iterator[tuple[str, str]]:
        for entry in json.loads((self.images / "index.json").read_bytes())["manifests"]:
            manifest = json.loads(self._blob(entry["digest"]).read_bytes())
            for layer in manifest["layers"]:
                self._blob(layer["digest"])
            config = json.loads(self._blob(manifest["config"]["digest"]).read_bytes())
            version = config["config"]["Labels"]["org.opencontainers.image.version"]
            yield entry["annotations"]["org.opencontainers.image.ref.name"], version

    def _blob(self, digest: str) -> Path:
        path = self.images / "blobs" / digest.replace(":", "/")
        _same(self._sha256(path), digest.removeprefix("sha256:"), str(path))
        return path

    def _sha256(self, path: Path) -> str:
        """Computed once for each file as it is, so that a round is quick."""
        status = path.stat()
        key = (str(path), status.st_ino, status.st_mtime_ns, status.st_size)
        if key not in self._known:
            self._known[key] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._known[key]


def _same(found: str, wanted: str, what: str) -> None:
    if found != wanted:
        raise ValueError(f"{what} has sha256 {found}, not {wanted}")


def _loop(look: Callable[[], None], rest: float, ended: threading.Event, wrong: list[str]) -> None:
    while True:
        try:
            look()
        except Exception as error:  # noqa: BLE001 - whatever a user sees goes wrong is what this looks for
            wrong.append(f"{time.time():.3f} {error!r}")
        if ended.wait(rest):
            return


def main() -> None:
    """Look until the input ends."""
    reader, ended = Reader(Path(sys.argv[1]), sys.argv[2]), threading.Event()
    loops = ((reader.quick, _QUICK), (reader.pip, _SLOW))
    threads = [threading.Thread(target=_loop, args=(look, rest, ended, reader.wrong)) for look, rest in loops]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    ended.set()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps({"counts": reader.counts, "seen": reader.seen, "wrong": reader.wrong}))


if __name__ == "__main__":
    main()
