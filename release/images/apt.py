"""Debian packages, fetched by apt-get with a state of its own: no root, and nothing of the host's state is touched."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from release.errors import BuildFailed, ConfigError
from release.model import Json
from release.process import clean_environment, run

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?")
_HOST = Path("/etc/apt")
MAX_AGE = 86400.0
"""Seconds for which a layer of packages is used again before Debian is asked for newer ones."""
# Hooks of the host are shut out, and only the lists of packages are fetched. The host's proxies and keys stay.
_CONFIG = """\
#clear APT::Update;
#clear Acquire::IndexTargets::deb;
Acquire::IndexTargets::deb::Packages {{
  MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages"; flatMetaKey "Packages";
  ShortDescription "Packages"; Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
  flatDescription "$(RELEASE) Packages"; Optional "0";
}};
Acquire::Languages "none";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Dir::State "{state}";
Dir::State::lists "{state}/lists";
Dir::State::status "{state}/status";
Dir::Cache "{state}";
Dir::Cache::archives "{state}/archives";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "{state}/sources.list";
Dir::Etc::sourceparts "{state}/sources.list.d";
"""


@dataclass(frozen=True)
class Package:
    """A Debian package as it went into an image."""

    name: str
    version: str
    architecture: str
    sha256: str
    """Of the .deb, hexadecimal."""

    def to_json(self) -> dict[str, Json]:
        """As recorded in the image and in the ledger."""
        return asdict(self)


@dataclass(frozen=True)
class Deb:
    """A package file that was downloaded."""

    package: Package
    path: Path
    control: str
    """Its control file (Debian policy, chapter 5)."""


def sources(etc: Path = _HOST) -> dict[str, str]:
    """The host's own Debian sources, by path below `etc`; those of third parties are left out.

    BuildFailed where there are none.
    """
    found = {}
    for name, entry in (("sources.list", r"(?m)^\s*deb\s"), ("sources.list.d/debian.sources", r"(?m)^URIs:")):
        with suppress(FileNotFoundError):
            text = (etc / name).read_text(encoding="utf-8")
            if re.search(entry, text):
                found[name] = text
    if not found:
        raise BuildFailed(
            "this machine has no Debian sources, so the image's base cannot be made here",
            where=str(etc / "sources.list.d/debian.sources"),
            do="build on Debian 12 or later, or choose another image builder",
        )
    return found


def architecture() -> str:
    """Debian's name for this machine, such as amd64."""
    return run(["dpkg", "--print-architecture"], do="build on Debian, where dpkg is always there").strip()


def download(packages: Sequence[str], host: Mapping[str, str], state: Path, destination: Path) -> tuple[Deb, ...]:
    """Fetch exactly these packages (`name` or `name=version`), compared by apt with the signed lists; by name.

    `state` is kept between calls so that lists are fetched again only where they changed; one caller at a time.
    """
    wrong = next((name for name in packages if not _NAME.fullmatch(name)), None)
    if wrong is not None:
        raise ConfigError(
            f"{wrong!r} is no name of a Debian package", where="packages", do="write NAME or NAME=VERSION"
        )
    apt = ["apt-get", "-q", "-c", str(_prepare(state, host)), "-o", "APT::Get::AllowUnauthenticated=false"]
    environment = clean_environment(LC_ALL="C", DEBIAN_FRONTEND="noninteractive")
    run([*apt, "update"], env=environment, do="look at the network and at the Debian sources, then run it again")
    hint = "correct the list of packages: the names and Python's version have to be those of this Debian"
    run([*apt, "download", *packages], cwd=destination, env=environment, do=hint)
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(_read, sorted(destination.glob("*.deb"))))


def closure(packages: Sequence[str], host: Mapping[str, str], state: Path) -> tuple[str, ...]:
    """These packages and all that they depend on, by name; the lists are those that `download` fetches."""
    config = _prepare(state, host)
    environment = clean_environment(LC_ALL="C", DEBIAN_FRONTEND="noninteractive")
    apt = ["apt-get", "-q", "-c", str(config)]
    run([*apt, "update"], env=environment, do="look at the network and at the Debian sources, then run it again")
    words = [*apt, "install", "--print-uris", "--yes", "--no-install-recommends", *packages]
    printed = run(words, env=environment, do="correct tool.release.image.test-packages")
    return tuple(sorted(set(re.findall(r"(?m)^'[^']+' ([a-z0-9][a-z0-9+.-]+)_", printed))))


def _prepare(state: Path, host: Mapping[str, str]) -> Path:
    for name in ("lists/partial", "archives/partial", "sources.list.d"):
        (state / name).mkdir(parents=True, exist_ok=True)
    for name in ("sources.list", "sources.list.d/debian.sources", "status"):
        (state / name).write_text(host.get(name, ""), encoding="utf-8")
    config = state.resolve() / "apt.conf"
    config.write_text(_CONFIG.format(state=state.resolve()), encoding="utf-8")
    return config


def _read(path: Path) -> Deb:
    control = run(["dpkg-deb", "--field", path])
    fields = dict(re.findall(r"(?m)^([A-Za-z-]+): (.*)$", control))
    package = Package(
        fields["Package"], fields["Version"], fields["Architecture"], sha256(path.read_bytes()).hexdigest()
    )
    return Deb(package, path, control)


def scratch(cache: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder below `cache` for one download."""
    cache.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=".download-", dir=cache)
