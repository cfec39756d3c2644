"""Where in a template a name stands, for a complaint about it."""

from __future__ import annotations

from collections.abc import Iterator

from worker.text.bounded import ENVIRONMENT


def offset_of(source: str, state: str | None, names: tuple[str, ...], before: int = 0) -> int:
    """Where the last of `names` stands in the source as a name, with the others before it.

    `names` is a word, a text as it stands in quotes, or a dotted path and a word below it.

    Args:
        before: so many of these places are passed over, as far as there are more.
    """
    path = tuple(part for name in names for part in name.split(".") if part)
    tokens = [(value, at) for kind, value, at in _tokens_of(source, state) if kind != "operator"]
    windows = (tokens[at : at + len(path)] for at in range(len(tokens) - len(path) + 1))
    places = [one[-1][1] for one in windows if path and tuple(_bare(v) for v, _ in one) == path]
    if places:
        return places[min(before, len(places) - 1)]
    wanted = path[-1] if path else ""
    marks = _tokens_of(source, state)
    return next((at for _, value, at in marks if wanted and _bare(value) in (wanted, *names)), 0)


def _bare(token: str) -> str:
    return token.strip("'\"")


def _tokens_of(source: str, state: str | None) -> Iterator[tuple[str, str, int]]:
    """Kind, text and offset of each token inside `{{ }}` and `{% %}`."""
    at = 0
    for _, kind, text in ENVIRONMENT.lexer.tokeniter(source, None, None, state):
        if kind == "whitespace" or not text.strip():
            continue
        found = source.find(text, at)
        if found < 0:  # line ends other than \n were rewritten
            continue
        at = found + len(text)
        if kind != "data":
            yield kind, text, found
