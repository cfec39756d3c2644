"""Where in a template things stand, for complaints about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import TOKEN_EOF, TokenStream
from jinja2.parser import Parser

from worker.text.bounded import ENVIRONMENT

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_DEEPEST = 40  # the parser is a dozen calls deeper in each, of which Python allows a thousand

Token = tuple[str, str, int]
"""Kind, text and offset."""


def placed_tree(source: str, state: str | None) -> nodes.Node:
    """The source as a tree whose line numbers are offsets in the source.

    Jinja keeps no more than a line of where a node stood. The offset is that of the node's first
    character, or of the name, the dot or the `is` that made it.

    Args:
        state: None for a template, `variable` for a bare expression.

    Raises:
        TemplateSyntaxError: it does not parse; its line number means nothing.
        RecursionError: its brackets stand too deep inside each other, whoever asks.
    """
    parser = Parser(ENVIRONMENT, source, state=state)
    tokens = ((at, kind, text) for kind, text, at in _bounded(tokens_of(source, state)))
    parser.stream = TokenStream(ENVIRONMENT.lexer.wrap(tokens), None, None)
    return parser.parse() if state is None else whole_expression(parser)


def whole_expression(parser: Parser) -> nodes.Expr:
    """The one expression that the parser's text is.

    Raises:
        TemplateSyntaxError: it is none, or something stands behind it.
    """
    tree = parser.parse_expression()
    if not parser.stream.eos:
        found = parser.stream.current
        text = "" if found.type == TOKEN_EOF else found.value
        raise TemplateSyntaxError(f"unexpected '{text}'", found.lineno)
    tree.set_environment(ENVIRONMENT)
    return tree


def _bounded(tokens: Iterable[Token]) -> Iterator[Token]:
    open_brackets = 0
    for kind, text, at in tokens:
        if kind == "operator":
            open_brackets += (text in _OPENING) - (text in _CLOSING)
            if open_brackets > _DEEPEST:
                raise RecursionError
        yield kind, text, at


def offset_of(tokens: Iterable[Token], word: str, start: int) -> int:
    """Where `word`, a token or a text in quotes, stands first at or after `start`; else `start`."""
    places = (at for _, text, at in tokens if at >= start and _bare(text) == word)
    return next(places, start)


def _bare(token: str) -> str:
    return token.strip("'\"")


def tokens_of(source: str, state: str | None) -> Iterator[Token]:
    """Kind, text and offset of each token, texts around `{{ }}` and `{% %}` included."""
    at = 0
    for _, kind, text in ENVIRONMENT.lexer.tokeniter(source, None, None, state):
        found = source.find(text, at)
        if found < 0:  # line ends other than \n were rewritten
            found = at
        else:
            at = found + len(text)
        if kind != "whitespace":
            yield kind, text, found
