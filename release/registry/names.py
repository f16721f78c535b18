"""What images in registries are called: `HOST/NAME:TAG@DIGEST` (distribution-spec, "Pulling manifests")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from release.errors import ConfigError
from release.oci.descriptor import DIGEST
from release.web import is_loopback

_NAME = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")
_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


@dataclass(frozen=True)
class ImageRepository:
    """A place for images in a registry."""

    host: str
    """With its port, where it has one of its own."""
    name: str

    @classmethod
    def parse(cls, text: str) -> ImageRepository:
        """From `HOST/NAME`, or as docker has it: a first part without dot and port is one of Docker Hub's users."""
        first, _, rest = text.partition("/")
        if not rest or not (set(".:") & set(first) or first == "localhost"):
            first, rest = "docker.io", text
        if first in _HUB:
            first, rest = "docker.io", rest if "/" in rest else f"library/{rest}"
        if not _NAME.fullmatch(rest):
            do = "write HOST/NAME in small letters, such as registry.example.org/team/project"
            raise ConfigError(f"{text!r} is no repository", where=text, do=do)
        return cls(first, rest)

    @property
    def url(self) -> str:
        """What all addresses of the repository begin with; plain http on this machine only."""
        host = "registry-1.docker.io" if self.host == "docker.io" else self.host
        machine = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
        return f"{'http' if is_loopback(machine) else 'https'}://{host}/v2/{self.name}/"

    def __str__(self) -> str:
        """As people type it."""
        return f"{self.host}/{self.name}"


def pinned(reference: str) -> tuple[ImageRepository, str]:
    """ImageRepository and digest of `HOST/NAME[:TAG]@sha256:...`. ConfigError where there is no digest: tags move."""
    name, _, digest = reference.partition("@")
    if not DIGEST.fullmatch(digest):
        do = f"add the digest that `skopeo inspect docker://{name}` shows: {name}@sha256:..."
        raise ConfigError(f"{reference!r} is not pinned by a sha256 digest", where=reference, do=do)
    before, slash, last = name.rpartition("/")
    return ImageRepository.parse(f"{before}{slash}{last.partition(':')[0]}"), digest
