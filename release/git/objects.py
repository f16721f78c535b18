"""git's objects without a process for each: written as loose ones (gitformat-loose(5))."""

from __future__ import annotations

import hashlib
import zlib
from contextlib import suppress
from pathlib import Path

from release import durable


class LooseObjects:
    """The folder `objects` of a repository."""

    def __init__(self, folder: Path, algorithm: str) -> None:
        """`algorithm` is the repository's object format: `sha1` or `sha256`."""
        self._folder = folder
        self._algorithm = algorithm

    def write(self, kind: str, content: bytes) -> str:
        """Store an object, whole and durable; its id. One that is there already stays as it is."""
        data = b"%s %d\0%s" % (kind.encode(), len(content), content)
        name = hashlib.new(self._algorithm, data).hexdigest()
        path = self._folder / name[:2] / name[2:]
        if not path.exists():
            with suppress(FileExistsError):
                path.parent.mkdir()
                path.parent.chmod(self._folder.stat().st_mode)  # in a shared repository others add to it too
                durable.sync_folder(self._folder)
            # What a kill leaves under such a name is cleared up by git itself (git-prune(1)).
            durable.write_bytes(path, zlib.compress(data), mode=0o444, prefix="tmp_obj_")
        return name
