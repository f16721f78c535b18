"""CHANGELOG.md, and what its headings mean."""

from __future__ import annotations

import pytest
from packaging.version import Version

from release import changelog
from release.errors import ReleaseError

TEXT = """\
# Changelog

Words before the first section.

## [Unreleased]

### Added

- A new thing.

## [1.1.0] - 2026-02-01

### Fixed

- A broken thing.

## 1.0.0

## v0.9

- Old.

[unreleased]: https://example.org/compare
[1.1.0]: https://example.org/1.1.0
"""


def unreleased(*headings: str, entry: str = "- Something.") -> str:
    """A file whose Unreleased section has these headings, with an entry each."""
    parts = "\n".join(f"### {heading}\n\n{entry}\n" for heading in headings)
    return f"# Changelog\n\n## [Unreleased]\n\n{parts}\n## [1.0.0] - 2026-01-01\n\n- First.\n"


def test_sections_in_the_order_of_the_file() -> None:
    """Every heading of the second level begins a section, with or without brackets and date."""
    assert ["Unreleased", "1.1.0", "1.0.0", "v0.9"] == [section.name for section in changelog.sections(TEXT)]
    assert [] == changelog.sections("")


@pytest.mark.parametrize(
    ("version", "entries"),
    [
        (None, ["- A new thing."]),
        ("1.1", ["- A broken thing."]),
        ("1.0.0", []),
        ("0.9.0", ["- Old."]),
    ],
)
def test_section_is_found_by_its_version(version: str | None, entries: list[str]) -> None:
    """Versions are compared by PEP 440; headings, empty lines and addresses of links are no entries."""
    section = changelog.find(TEXT, Version(version) if version else None)
    assert section is not None
    assert entries == section.entries()


def test_missing_section_is_not_found() -> None:
    """Neither a version that is not there, nor Unreleased where there is none."""
    assert changelog.find(TEXT, Version("7")) is None
    assert changelog.find("# Changelog\n", None) is None


def test_headings_count_only_with_entries() -> None:
    """A heading with nothing below it, with a sub-heading only, or followed by links, calls for nothing."""
    text = "## [Unreleased]\n- loose\n### Added\n\n#### More\n### Fixed \n- A.\n### Removed\n\n[1.0]: https://x\n"
    section = changelog.find(text, None)
    assert section is not None
    assert {"fixed"} == section.headings()


@pytest.mark.parametrize(
    ("headings", "last", "expected"),
    [
        (["Added"], None, "0.1.0"),
        (["Fixed"], "0.1.0", "0.1.1"),
        (["Security"], "1.2.3", "1.2.4"),
        (["Added"], "1.2.3", "1.3.0"),
        (["Changed", "Fixed"], "1.2.3", "1.3.0"),
        (["Deprecated"], "0.2.3", "0.3.0"),
        (["Removed"], "1.2.3", "2.0.0"),
        (["Removed", "Added"], "0.2.3", "0.3.0"),
        (["Fixed"], "1.2", "1.2.1"),
        (["Fixed"], "1.2.0.post1", "1.2.1"),
        (["Removed"], "2.0.0rc1", "2.0.0"),
        (["fixed"], "1.1.0.dev3", "1.1.0"),
        (["Fixed"], "1!2.0", "1!2.0.1"),
        (["Added"], "1!2.0", "1!2.1.0"),
        (["Removed"], "1!2.0", "1!3.0.0"),
        (["Removed"], "1!2.0rc1", "1!2.0"),
    ],
)
def test_next_version(headings: list[str], last: str | None, expected: str) -> None:
    """The strongest heading decides; a pre-release is followed by its release."""
    found = changelog.next_version(unreleased(*headings), Version(last) if last else None)
    assert Version(expected) == found


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "nothing is written"),
        ("## [1.0.0]\n- x\n", "nothing is written"),
        (unreleased(), "nothing is written"),
        (unreleased("Added", entry=""), "nothing is written"),
        ("## [Unreleased]\n\n### Added\n\n[1.0.0]: https://example.org\n", "nothing is written"),
        (unreleased("Added", "Invented"), "no kind of change: invented"),
        ("## [Unreleased]\n- x\n", "entries without a heading"),
    ],
)
def test_no_next_version(text: str, what: str) -> None:
    """Nothing to release, or headings that say no kind of change, is an error with what to do."""
    with pytest.raises(ReleaseError, match=what) as caught:
        changelog.next_version(text, Version("1.0.0"))
    assert caught.value.where.startswith("CHANGELOG.md")
    assert caught.value.do


def test_cut_moves_entries_under_the_version() -> None:
    """Below an empty Unreleased stands the version with its day and all that was there; the rest is as before."""
    text = changelog.cut(TEXT, Version("1.2.0"), "2026-03-01")
    empty, cut = changelog.find(text, None), changelog.find(text, Version("1.2.0"))
    assert empty is not None
    assert cut is not None
    assert ([], ["- A new thing."]) == (empty.entries(), cut.entries())
    assert "## [Unreleased]\n\n## [1.2.0] - 2026-03-01\n\n### Added\n" in text
    assert TEXT.partition("## [1.1.0]")[2] == text.partition("## [1.1.0]")[2]


@pytest.mark.parametrize(
    ("text", "what"), [(TEXT, "a section for 1.1 already"), ("## [Unreleased]\n", "nothing is written")]
)
def test_cut_refuses(text: str, what: str) -> None:
    """A version is cut once, and only with something in it."""
    with pytest.raises(ReleaseError, match=what):
        changelog.cut(text, Version("1.1"), "2026-03-01")


RST = """\
Changes
=======

.. towncrier release notes start

Unreleased
----------

Fixed
~~~~~

* A broken thing,
  on two lines.

sample 1.1.0 (2026-02-01)
-------------------------

.. _old: https://example.org

Words of no kind.
"""


def test_underlined_headings() -> None:
    """In reStructuredText versions and kinds of change are underlined; remarks and addresses say nothing."""
    assert ["Unreleased", "1.1.0"] == [section.name for section in changelog.sections(RST)]
    first, second = changelog.sections(RST)
    assert ({"fixed"}, ["* A broken thing,", "  on two lines."]) == (first.headings(), first.entries())
    assert ["Words of no kind."] == second.entries()
    assert Version("1.1.1") == changelog.next_version(RST, Version("1.1.0"), "CHANGES.rst")


@pytest.mark.parametrize(
    ("heading", "cut"),
    [
        ("## [1.0.0] - 2026-01-01", "## [1.1.0] - 2026-02-02"),
        ("## [1.0.0](https://example.org/0.9...1.0.0) - 2026-01-01", "## [1.1.0] - 2026-02-02"),
        ("## 1.0.0 (2026-01-01)", "## 1.1.0 (2026-02-02)"),
        ("## v1.0.0 (2026-01-01)", "## v1.1.0 (2026-02-02)"),
        ("## Version 1.0.0", "## Version 1.1.0 - 2026-02-02"),
        ("## Fast-sums 1.0.0", "## Fast-sums 1.1.0 - 2026-02-02"),
        ("", "## [1.1.0] - 2026-02-02"),
    ],
)
def test_a_cut_is_written_as_the_one_before(heading: str, cut: str) -> None:
    """The new heading has the brackets, the words and the place of the date that the last one has."""
    text = f"# Changelog\n\n## [Unreleased]\n\n### Added\n\n- More.\n\n{heading}\n"
    after = changelog.cut(text, Version("1.1.0"), "2026-02-02")
    assert cut in after.splitlines()
    section = changelog.find(after, Version("1.1.0"))
    assert section is not None
    assert ("2026-02-02", ["- More."]) == (changelog.day_of(after, section), section.entries())


def test_an_underlined_cut() -> None:
    """The line below a new heading is as long as the heading, of the same sign."""
    after = changelog.cut(RST, Version("1.1.1"), "2026-03-03", "CHANGES.rst").splitlines()
    place = after.index("sample 1.1.1 (2026-03-03)")
    assert "-" * len(after[place]) == after[place + 1]
    assert [] == changelog.sections("\n".join(after))[0].entries()


def test_errors_name_the_file() -> None:
    """A file of another name is named in what is said of it, with the way to a version of one's own."""
    with pytest.raises(ReleaseError) as caught:
        changelog.next_version("1.0.0\n=====\n\n* First.\n", None, "CHANGES.rst")
    assert "CHANGES.rst" == caught.value.where
    assert "nox -s version -- 1.4.0" in caught.value.do


def test_a_cut_keeps_the_line_ends() -> None:
    """A file of Windows stays one, its new lines included; no line but these differs."""
    text = "# Changelog\r\n\r\n## [Unreleased]\r\n\r\n### Fixed\r\n\r\n- It.\r\n"
    heading = "## [Unreleased]\r\n\r\n## [1.0] - 2026-01-02\r\n"
    assert text.replace("## [Unreleased]\r\n", heading) == changelog.cut(text, Version("1.0"), "2026-01-02")
