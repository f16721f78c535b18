# ruff: noqa: INP001 - a program, not a module of a package
"""Writes the generated parts of README.md and docs/*.md from the code: `python docs/generate.py [--check]`.

Text between `<!-- NAME: begin -->` and `<!-- NAME: end -->` is replaced by what `BLOCKS[NAME]` returns; pictures are
written whole. With --check nothing is written: the exit code is 1, and a diff is shown, where a part differs from the
code.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ |= {"COLUMNS": "100", "NO_COLOR": "1"}  # argparse wraps help texts at the width of the terminal

import configuration_keys  # noqa: E402
import evaluations_keys  # noqa: E402
import evaluations_statistics  # noqa: E402

from evaluations import cli as evaluations_cli  # noqa: E402 - it is found in ROOT
from evaluations.errors import ExitCode  # noqa: E402
from evaluations.results import schema  # noqa: E402
from release import cli, errors  # noqa: E402
from release.ledger import fold  # noqa: E402

SCHEMAS = {
    "manifest": schema.MANIFEST,
    "result": schema.RESULT,
    "summary": schema.SUMMARY,
    "variant": schema.VARIANT,
}
_BLOCK = re.compile(r"(<!-- (?P<name>[^:>]+): begin -->\n).*?(<!-- (?P=name): end -->)", re.DOTALL)


def pages() -> list[Path]:
    """Every page that may have generated parts."""
    docs = ROOT / "docs"
    names = ("configuration", "results", "statistics")
    return [ROOT / "README.md", *sorted(docs.glob("*.md")), *(docs / "evaluations" / f"{name}.md" for name in names)]


def generated() -> Iterator[tuple[Path, str, str]]:
    """Each file that is written, as it is and as it should be."""
    for page in pages():
        old = page.read_text(encoding="utf-8")
        yield page, old, render(old)
    for name, draw in evaluations_statistics.PICTURES.items():
        picture = ROOT / "docs" / "evaluations" / "pictures" / name
        yield picture, picture.read_text(encoding="utf-8") if picture.exists() else "", draw()


def render(text: str) -> str:
    """The page with its generated parts made anew."""
    return _BLOCK.sub(lambda match: f"{match[1]}{BLOCKS[match['name']]()}\n{match[3]}", text)


def sessions() -> str:
    """A row a session of the noxfile, in its order: the name, and the first line of the docstring."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    functions = (part for part in tree.body if isinstance(part, ast.FunctionDef))
    found = [one for one in functions if any("nox.session" in ast.unparse(each) for each in one.decorator_list)]
    rows = [(f"`{one.name}`", (ast.get_docstring(one) or "").splitlines()[0]) for one in found]
    return evaluations_keys.table(("`nox -s`", "what it does"), rows)


def exit_codes() -> str:
    """A row a code of the engine; the classes of one code must agree on what it means."""
    found: dict[int, set[str]] = {0: {"done, or there was nothing to do"}}
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.ReleaseError):
            found.setdefault(error.exit_code, set()).add(error.meaning)
    return evaluations_keys.table(
        ("code", "meaning"), [(str(code), " / ".join(sorted(found[code]))) for code in sorted(found)]
    )


def exit_codes_of_evaluations() -> str:
    """A row a code of `evaluations`."""
    return evaluations_keys.table(("code", "meaning"), [(str(code.value), code.meaning) for code in ExitCode])


def keys() -> str:
    """A row a key of `[tool.release]`."""
    names = ("__init__", "image", "targets")
    sources = [(ROOT / "release" / "config" / f"{name}.py").read_text(encoding="utf-8") for name in names]
    return evaluations_keys.table(("key", "type", "default", "meaning"), configuration_keys.rows(*sources))


def events() -> str:
    """A row a kind of event: the docstrings of the functions that fold.py adds them up with."""
    rows = []
    for kind, handler in fold._HANDLERS.items():  # noqa: SLF001 - it is the one table of the kinds
        what, _, data = " ".join((handler.__doc__ or "").split()).partition(" Data: ")
        rows.append((f"`{kind}`", what, data.removesuffix(".")))
    return evaluations_keys.table(("kind", "what happened", "`data`"), rows)


def verbs() -> str:
    """A row a verb of `python -m release`, and the help of each."""
    known = re.findall(r"^    (\w+)\s+(.+)$", _help(cli.main), re.MULTILINE)  # its columns differ between Pythons
    table = evaluations_keys.table(
        ("`python -m release`", "what it does"), [(f"`{name}`", what) for name, what in known]
    )
    return "\n\n".join([table, *(f"## {name}\n\n{_text(_help(cli.main, name))}" for name, _ in known)])


def evaluations_help() -> str:
    """The help of `evaluations run`."""
    return _text(_help(evaluations_cli.main, "run"))


def fields(of: Mapping[str, Any]) -> str:
    """A row a field of a file of a run's folder."""
    rows = [(f"`{name}`", one["description"]) for name, one in of["properties"].items()]
    return evaluations_keys.table(("field", "what it is"), rows)


def _help(main: Callable[[Sequence[str]], int], *words: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return printed.getvalue()


def _text(text: str) -> str:
    return f"```text\n{text.strip()}\n```"


BLOCKS: dict[str, Callable[[], str]] = {
    "sessions": sessions,
    "exit codes": exit_codes,
    "exit codes of evaluations": exit_codes_of_evaluations,
    "keys": keys,
    "events": events,
    "verbs": verbs,
    "evaluations run": evaluations_help,
    **evaluations_keys.BLOCKS,
    **{name: partial(fields, one) for name, one in SCHEMAS.items()},
    **evaluations_statistics.BLOCKS,
}


def main(words: Sequence[str]) -> int:
    """Write the pages, or compare them; the exit code."""
    if list(words) not in ([], ["--check"]):
        sys.stderr.write(f"{__doc__}")
        return 2
    drifted = 0
    for file, old, new in generated():
        name = str(file.relative_to(ROOT))
        if words and new != old:
            drifted = 1
            diff = difflib.unified_diff(
                old.splitlines(keepends=True), new.splitlines(keepends=True), name, f"{name} from the code"
            )
            sys.stdout.writelines(diff)
        elif new != old:
            file.write_text(new, encoding="utf-8")
    if drifted:
        sys.stdout.write("generated parts differ from the code: nox -s docs\n")
    return drifted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
