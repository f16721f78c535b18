"""Debian packages made here with dpkg-deb, merged into a tree."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from release.errors import BuildFailed, ConfigError
from release.images import apt, debian
from release.images.apt import Deb, Package

Maker = Callable[..., Deb]


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Builds a package of some files (text, or the path of a file to copy)."""

    def make(name: str, files: dict[str, str | Path], mode: int = 0o644) -> Deb:
        root = tmp_path / name
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(content, root / path) if isinstance(content, Path) else (root / path).write_text(content)
            (root / path).chmod(mode)
        control = f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: t\n"
        (root / "DEBIAN").mkdir(parents=True)
        (root / "DEBIAN/control").write_text(control)
        target = tmp_path / f"{name}.deb"
        subprocess.run(["dpkg-deb", "-Znone", "--build", root, target], check=True, capture_output=True)
        return Deb(Package(name, "1", "all", "0" * 64), target, control)

    return make


def test_packages_are_merged_as_debian_lays_them_out(make: Maker) -> None:
    """/lib is folded into /usr/lib, documentation goes but copyright stays, set-user-id goes, scanners find a list."""
    files: dict[str, str | Path] = {
        "lib/a.conf": "1",
        "usr/share/doc/one/copyright": "c",
        "usr/share/doc/one/NEWS": "n",
    }
    files |= {"usr/share/man/man1/a.1": "m", "usr/sbin/tool": "t"}
    tree = debian.merge([make("one", files, mode=0o4755), make("two", {"usr/lib/b.conf": "2"})], 1000)
    assert (b"1", b"2", 0o755) == (
        tree["usr/lib/a.conf"].data,
        tree["usr/lib/b.conf"].data,
        tree["usr/lib/a.conf"].mode,
    )
    assert "usr/lib" == tree["lib"].link
    assert ["usr/share/doc/one/copyright"] == [path for path in tree if "doc/one/" in path]
    assert not {"usr/share/man/man1/a.1", "usr/sbin/tool"} & set(tree)
    assert b"Package: two\n" in tree["var/lib/dpkg/status.d/two"].data
    assert b"nonroot:x:1000:1000::/home/nonroot:" in tree["etc/passwd"].data
    assert (tarfile.DIRTYPE, 0o1777) == (tree["tmp"].kind, tree["tmp"].mode)


def test_certificates_are_put_together(make: Maker) -> None:
    """The certificates of ca-certificates are one file, in order of their names."""
    where = "usr/share/ca-certificates/mozilla"
    tree = debian.merge([make("ca-certificates", {f"{where}/B.crt": "two\n", f"{where}/A.crt": "one\n"})], 1)
    assert b"one\ntwo\n" == tree["etc/ssl/certs/ca-certificates.crt"].data


def test_missing_library_is_refused_by_name(make: Maker) -> None:
    """A program whose library no package brings is refused with both names; an optional Python module is left out."""
    shell = Path("/bin/sh").resolve()
    with pytest.raises(BuildFailed, match=r"usr/bin/tool needs .*libc\.so\.6"):
        debian.merge([make("tool", {"bin/tool": shell})], 1)
    tree = debian.merge([make("python", {"usr/lib/python3/lib-dynload/readline.x.so": shell})], 1)
    assert "usr/lib/python3/lib-dynload/readline.x.so" not in tree


def test_two_packages_with_one_file_are_refused(make: Maker) -> None:
    """Two packages may share a folder, not a file with different contents."""
    with pytest.raises(BuildFailed, match="usr/lib/a is in two packages"):
        debian.merge([make("one", {"lib/a": "1"}), make("two", {"usr/lib/a": "2"})], 1)


def test_damaged_package_is_refused(make: Maker) -> None:
    """What is no package is named."""
    deb = make("one", {"a": "1"})
    deb.path.write_bytes(b"no package")
    with pytest.raises(BuildFailed, match="dpkg-deb cannot read") as caught:
        debian.merge([deb], 1)
    assert str(deb.path) == caught.value.where


def test_only_debians_own_sources_are_used(tmp_path: Path) -> None:
    """Sources of third parties and a sources.list without entries are left out; none at all is refused."""
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (tmp_path / "sources.list").write_text("# nothing here\n")
    (folder / "other.sources").write_text("URIs: https://example.org\n")
    with pytest.raises(BuildFailed, match="no Debian sources"):
        apt.sources(tmp_path)
    (folder / "debian.sources").write_text("Types: deb\nURIs: https://deb.example.org\n")
    assert ["sources.list.d/debian.sources"] == list(apt.sources(tmp_path))
    (tmp_path / "sources.list").write_text("deb https://deb.example.org stable main\n")
    assert 2 == len(apt.sources(tmp_path))


def test_option_in_place_of_a_package_is_refused(tmp_path: Path) -> None:
    """What could be an option of apt-get is no package's name."""
    with pytest.raises(ConfigError, match="no name of a Debian package"):
        apt.download(["libc6", "-oDir=/"], {}, tmp_path, tmp_path)


def test_packages_follow_python() -> None:
    """The default list has the asked Python in it; one that Debian does not have is refused."""
    assert "libpython3.13-stdlib" in debian.default_packages("3.13")
    with pytest.raises(ConfigError, match=r"Python 3\.9"):
        debian.default_packages("3.9")
