"""Templates and schemas: what is wrong with them, or with a datapoint, is said with its file, line and name."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.targets.schemas import check_of, read_schema
from evaluations.targets.templates import Templates
from evaluations.targets.unfit import UnfitError


def render(folder: Path, text: str, **arguments: Json) -> str:
    """The text that the template makes."""
    (folder / "t.minijinja").write_text(text, encoding="utf-8")
    templates = Templates(folder)
    templates.add("t.minijinja", "templates.t.path")
    return templates.render("t.minijinja", arguments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello {{ name }}\n", "Hello <b>{{ x }}"),
        ("{{ yes }} {{ none }} {{ number }} {{ big }}", "true none 1.0 1180591620717411303424"),
        ("{{ items }} {{ table }}", '["a\\"\\n", none, [true]] {"k": 1}'),
        ("{{ table|tojson }} {{ name|tojson }}", '{"k":1} "\\u003cb\\u003e{{ x }}"'),
        ("{{ table|tojson(indent=2) }}", '{\n  "k": 1\n}'),
        ("{% if missing is defined %}x{% endif %}{{ missing|default('y') }}", "y"),
    ],
)
def test_arguments_are_shown_as_tensorzero_shows_them(tmp_path: Path, text: str, expected: str) -> None:
    """Nothing is escaped as in HTML, and nothing in an argument is a template itself."""
    shown = render(
        tmp_path,
        text,
        name="<b>{{ x }}",
        yes=True,
        none=None,
        number=1.0,
        big=2**70,
        items=['a"\n', None, [True]],
        table={"k": 1},
    )
    assert expected == shown


@pytest.mark.parametrize(
    ("text", "place", "variable"),
    [
        ("Hello\n{{ who }}", "t.minijinja, line 2,", "`who`"),
        ("{{ user.name }}", "t.minijinja, line 1,", "`user.name`"),
        ("{% if who %}x{% endif %}", "t.minijinja, line 1,", "`who`"),
        ("{% include 'part.minijinja' %}", "part.minijinja, line 3,", "`inner`"),
    ],
)
def test_what_is_undefined_is_named(tmp_path: Path, text: str, place: str, variable: str) -> None:
    """With the template's file and line, also where that is an included one, and what the datapoint does have."""
    (tmp_path / "part.minijinja").write_text("\n\n{{ inner }}")
    with pytest.raises(UnfitError) as caught:
        render(tmp_path, text, user={"age": 4})
    what, do = caught.value.complaint
    assert f"the template {place} uses {variable}, which the datapoint does not have" == what
    assert "which has user" in do


def test_a_template_that_is_none(tmp_path: Path) -> None:
    """Is found when it is read, with its line."""
    with pytest.raises(UsageError, match=r"t\.minijinja, line 2, is wrong: syntax error") as caught:
        render(tmp_path, "a\n{{ b")
    assert "templates.t.path" == caught.value.where


def test_only_files_below_the_folder_are_read(tmp_path: Path) -> None:
    """Neither upwards, nor through a link, nor by an absolute path, nor by an include."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret").write_text("secret")
    (inside / "link").symlink_to(tmp_path / "secret")
    (inside / "circle").symlink_to(inside / "circle")
    templates = Templates(inside)
    for name in ("../secret", "link", str(tmp_path / "secret"), "circle", "missing", "."):
        with pytest.raises(UsageError, match="name a UTF-8 text file below"):
            templates.add(name, "w")
        with pytest.raises(UnfitError) as caught:
            render(inside, f"{{% include '{name}' %}}")
        assert "secret" not in caught.value.complaint.what.replace("../secret", "").replace(str(tmp_path), "")


def test_a_template_can_not_run_for_ever(tmp_path: Path) -> None:
    """A data set may hold any number."""
    with pytest.raises(UnfitError, match="fuel"):
        render(
            tmp_path,
            "{% for a in range(n) %}{% for b in range(n) %}{% for c in range(n) %}{% endfor %}{% endfor %}{% endfor %}",
            n=9999,
        )


@pytest.mark.parametrize("name", ["latin.txt", "large.txt"])
def test_a_file_that_is_no_text(tmp_path: Path, name: str) -> None:
    """Is refused with what is wrong."""
    (tmp_path / "latin.txt").write_bytes(b"\xe4")
    (tmp_path / "large.txt").write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(UsageError, match=r"is not UTF-8|is longer than 1,048,576 bytes"):
        Templates(tmp_path).add(name, "w")


def test_a_schema_says_what_is_wrong_with_arguments(tmp_path: Path) -> None:
    """By its file, the place and the value."""
    (tmp_path / "s.json").write_text('{"properties": {"a": {"items": {"type": "integer"}}}, "required": ["a"]}')
    check = check_of(read_schema(tmp_path, "s.json", "w"), "s.json")
    check({"a": [1]})
    with pytest.raises(UnfitError, match=r"the arguments\['a'\]\[1\] are not what the schema s\.json says: \"x\" is"):
        check({"a": [1, "x"]})
    with pytest.raises(UnfitError, match='"a" is a required property'):
        check({})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("5", "is no JSON schema"),
        ('{"type": "foo"}', "is no JSON schema"),
        ('{"$ref": "http://127.0.0.1:1/s.json"}', "is no JSON schema"),
        ('{"$ref": "file:///etc/hostname"}', "is no JSON schema"),
    ],
)
def test_a_schema_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    """And nothing is fetched for it."""
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(UsageError, match=f"the file s.json {message}") as caught:
        read_schema(tmp_path, "s.json", "functions.f.user_schema")
    assert "functions.f.user_schema" == caught.value.where
