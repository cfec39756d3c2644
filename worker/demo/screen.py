"""What the person in front of the demo sees."""

from __future__ import annotations

import re

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.terminal_theme import SVG_EXPORT_THEME

from worker.demo.script import Customer

WIDTH = 118
NAME_WIDTH = 16
_FONT_FACE = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""Rich names fonts by an address outside; the viewer's own monospace does."""


class Screen:
    """Prints the chat as it happens."""

    def __init__(self, *, plain: bool, record: bool = False) -> None:
        self.console = Console(
            no_color=plain,
            highlight=False,
            width=WIDTH if plain or record else None,
            record=record,
        )

    def picture(self) -> str:
        """All that was shown, as one SVG that fetches nothing."""
        drawn = self.console.export_svg(title="worker demo", theme=SVG_EXPORT_THEME)
        return _FONT_FACE.sub("", drawn)

    def heading(self, text: str) -> None:
        """A scene begins."""
        self.console.print()
        self.console.print(f"[bold]── {escape(text)}[/bold]")

    def fact(self, text: str) -> None:
        """Something about the demo itself."""
        self.console.print(f"   [dim]{escape(text)}[/dim]")

    def customer(self, who: Customer, text: str) -> None:
        """A customer wrote."""
        self._line(who.name, "▸", "cyan", text)

    def agent(self, who: Customer, text: str) -> None:
        """A person of the team wrote."""
        self._line(f"agent → {who.name}", "◂", "magenta", text)

    def worker(self, who: Customer, text: str, options: list[str]) -> None:
        """The worker's answer arrived at the customer."""
        menu = "".join(f"  [{title}]" for title in options)
        self._line(f"worker → {who.name}", "◂", "green", text + menu)

    def decision(self, text: str) -> None:
        """A rule decided something."""
        self.console.print(f"     [yellow]· {escape(text)}[/yellow]")

    def trouble(self, text: str) -> None:
        """Something breaks on purpose."""
        self.console.print(f"   [bold red]! {escape(text)}[/bold red]")

    def _line(self, name: str, arrow: str, colour: str, text: str) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_column(width=2)
        row.add_column(width=NAME_WIDTH, no_wrap=True)
        row.add_column(width=1)
        row.add_column(overflow="fold")
        row.add_row("", escape(name), arrow, escape(text), style=colour)
        self.console.print(row)

    def summary(self, rows: list[tuple[str, str, str, bool]]) -> None:
        """The checked result: (what, expected, seen, right)."""
        table = Table(title="Summary", title_justify="left", title_style="bold")
        for name in ("checked", "expected", "seen", ""):
            table.add_column(name, overflow="fold")
        for what, expected, seen, right in rows:
            mark = "[green]✓[/green]" if right else "[bold red]✗[/bold red]"
            table.add_row(escape(what), escape(expected), escape(seen), mark)
        self.console.print()
        self.console.print(table)
