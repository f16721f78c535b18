"""The pages of the docs, and the fenced blocks in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
_BLOCK = re.compile(
    r"(?:^<!-- run: (?P<state>\w+)\n?(?P<setup>.*?)-->\n)?^```(?P<kind>[a-z]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: str
    line: int
    kind: str
    """The word after the fence; `console` for commands with their output."""
    text: str
    state: str
    """The state of the sample project in which it is run, or empty."""
    setup: str
    """Shell commands that bring about what the text speaks of."""

    def commands(self) -> list[tuple[str, str]]:
        """Each command with the output that the page shows."""
        if self.kind != "console":
            return [(line.partition("  #")[0].strip(), "") for line in self.text.splitlines() if line.strip()]
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return [(command, output) for command, _, output in (part.partition("\n") for part in parts)]


def blocks() -> list[Block]:
    """Every fenced block of every page."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start("kind")) + 1
            name = str(page.relative_to(ROOT))
            parts = (match["text"], match["state"] or "", (match["setup"] or "").strip())
            found.append(Block(name, line, match["kind"], *parts))
    return found


def table(page: str, name: str) -> list[list[str]]:
    """The rows of a generated table, without its head; cells without their backticks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    part = text.partition(f"<!-- {name}: begin -->")[2].partition(f"<!-- {name}: end -->")[0]
    return [row.replace("`", "").split(" | ") for row in re.findall(r"^\| (.+) \|$", part, re.MULTILINE)][2:]
