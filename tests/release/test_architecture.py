"""The imports of every module, held to the direction of the design: arrows point down only."""

from __future__ import annotations

import ast
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LAYERS = """
__main__
cli
verbs
pipeline
steps
checks
adopting opening
gates rollback proof
run
console acts
targets ledger building
images
registry config git
oci changelog process credentials web
errors
redaction workspace model commands durable archives
"""
"""The folders and modules of the engine, from the top down. Each imports from lower layers, and from itself."""
LAYERS = tuple(set(line.split()) for line in _LAYERS.split("\n")[1:-1])


def modules(package: str) -> dict[str, Path]:
    """Dotted name to file."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


ENGINE, PACKAGE = modules("release"), modules("evaluations")
EVERY = {**ENGINE, **PACKAGE}


def imports(path: Path) -> set[str]:
    """Dotted names of everything that a module imports, also inside its functions; a name from a package in full."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in EVERY else str(node.module) for name in names}
    return found


def layer(module: str) -> int:
    """The number of a module's layer; that of a package's modules is the package's."""
    part = module.split(".")[1]
    (number,) = (number for number, names in enumerate(LAYERS) if part in names)
    return number


def own(module: str) -> set[str]:
    """What a module of the engine imports of the engine."""
    return {name for name in imports(EVERY[module]) if name.startswith("release.")}


@pytest.mark.parametrize("module", [name for name in ENGINE if name != "release"])
def test_arrows_point_down_only(module: str) -> None:
    """A module imports lower layers and its own package."""
    for name in own(module):
        same = module.split(".")[1] == name.split(".")[1]
        assert layer(module) < layer(name) or same, f"{module} imports {name}"


def drawn() -> list[tuple[str, str]]:
    """The arrows of the picture in docs/architecture.md."""
    picture = (ROOT / "docs" / "architecture.md").read_text().partition("```mermaid\n")[2].partition("```")[0]
    chains = [line.split(" --> ") for line in picture.split("\n") if "-->" in line]
    return [(start.strip(), end.strip()) for chain in chains for start, end in pairwise(chain)]


def test_arrows_of_the_picture_are_in_the_code() -> None:
    """What the page draws is what some module of the one imports of the other."""
    there = {(module.split(".")[1], name.split(".")[1]) for module in ENGINE for name in own(module)}
    arrows = drawn()
    assert arrows
    assert [] == [arrow for arrow in arrows if arrow not in there]


def test_no_circles() -> None:
    """No module is reached from itself, whatever way."""
    finished: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"a circle: {' > '.join((*path, module))}"
        if module not in finished:
            for name in own(module):
                walk(name, (*path, module))
            finished.add(module)

    for module in ENGINE:
        walk(module, ())


@pytest.mark.parametrize("module", [name for name in ENGINE if name.startswith("release.steps.")])
def test_steps_import_no_other_step(module: str) -> None:
    """Each step stands alone; the pipeline is the only place that knows their order."""
    assert not [name for name in own(module) if name.startswith("release.steps")]


def test_targets_know_nothing_of_the_ledger() -> None:
    """A target is asked and told; it records nothing."""
    for module in (name for name in ENGINE if name.startswith(("release.targets", "release.images"))):
        assert not [name for name in own(module) if name.startswith("release.ledger")]


def test_only_the_pipeline_appends() -> None:
    """Nothing but the pipeline writes to the ledger."""
    calls = {
        module
        for module, path in ENGINE.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "append" and "claim" in ast.unparse(node.value).lower()
    }
    assert {"release.pipeline"} == calls


def test_only_the_command_line_catches_every_error() -> None:
    """One place turns errors into exit codes and prints them."""
    printing = {
        module
        for module, path in ENGINE.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name) and node.id == "print"
    }
    assert {"release.cli"} == printing


@pytest.mark.parametrize(
    "module", ["release.cli", "release.verbs.release", "release.verbs.turning", "release.pipeline"]
)
def test_http_is_loaded_where_it_is_needed(module: str) -> None:
    """A release to the embedded targets does not wait for the client of servers."""
    code = f"import sys, {module}; print({{'requests', 'urllib3'}} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "set()\n" == done.stdout


def test_packages_know_nothing_of_each_other() -> None:
    """The engine releases any project; the package does without the engine."""
    for module, path in ENGINE.items():
        assert not {name for name in imports(path) if name.split(".")[0] == "evaluations"}, module
    for module, path in PACKAGE.items():
        assert not {name for name in imports(path) if name.split(".")[0] in {"release", "tests"}}, module


@pytest.mark.parametrize("module", sorted(EVERY))
def test_module_is_small_and_has_a_name(module: str) -> None:
    """No module is a drawer for odds and ends, and none is over 250 lines."""
    assert module.rpartition(".")[2] not in {"utils", "util", "helpers", "common", "base", "manager", "misc"}
    lines = EVERY[module].read_text().splitlines()
    assert len(lines) <= 250, f"{module} has {len(lines)} lines"


@pytest.mark.parametrize("module", sorted(EVERY))
def test_module_says_what_it_is_for(module: str) -> None:
    """Each module begins with a docstring."""
    assert ast.get_docstring(ast.parse(EVERY[module].read_text()))
