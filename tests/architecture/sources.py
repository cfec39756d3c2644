"""The project's own source files, read once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Source:
    """One Python file: where it is, its lines, and what they mean."""

    path: Path
    lines: tuple[str, ...]
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path below the project."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        """The folder of `worker/` it stands in; for a file that stands alone, its name."""
        return self.path.relative_to(ROOT / "worker").parts[0].removesuffix(".py")

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every module it imports, wherever in the file, with the line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module, node.lineno
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@cache
def sources(folder: str) -> tuple[Source, ...]:
    """All Python files below a folder of the project, in path order."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Source(path, tuple(text.splitlines()), ast.parse(text, str(path))))
    return tuple(found)


def dotted(node: ast.AST) -> str:
    """`a.b.c` for an attribute of an attribute of a name; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""
