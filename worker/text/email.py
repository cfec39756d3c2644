"""E-mail addresses in what people type: one that may be somebody else's is none."""

from __future__ import annotations

import re
from typing import Any

import re2

from worker.text.boundary import script

# A link is taken whole, so that nothing is looked for inside it; in front, it is tried first.
_URL = (
    r"(?i:[a-z][a-z0-9+.-]*://|\bwww\.|[a-z0-9-]+\.[a-z]{2,24}(?::[0-9]+)?/)"
    r"[!#-+\--:=?-~]*"  # up to a comma or a semicolon, behind which a sentence goes on
)
# What people type as an address. Of the signs that standards allow too, those that stand between
# words or around them in a message (! = * / ? |) are left out, as are quoted parts and bare hosts.
_LOCAL = r"[A-Za-z0-9_][A-Za-z0-9_#$%&'+^{}~-]*(?:\.[A-Za-z0-9_#$%&'+^{}~-]+)*"
_DOMAIN = (
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"(?:xn--[A-Za-z0-9-]{1,59}|[A-Za-z]{2,24})"
)
_CANDIDATE = re2.compile(f"{_URL}|(?P<local>{_LOCAL})@(?P<domain>{_DOMAIN})")
_LONGEST_LOCAL = 64  # characters; RFC 5321

# Over these a local part goes on to the left; hidden ones are written j***n and j••n.
_JOINTS = "#$%&'+^{}~_-.*\u2010\u2011\u2012\u2013\u2212\u2022\u25cf\u00b7"
_ELLIPSIS = "..."
_BULLETS = frozenset("\u2022\u25cf\u00b7")  # one alone parts words
_GOES_ON = re.compile(r"@|(?:\.|[-_]+)[A-Za-z0-9]")  # and so does a domain to the right
_CURLY = str.maketrans("\u2018\u2019", "''")  # phones make them of straight ones

# Written beside Latin letters without a space between. Korean has spaces, but not before particles.
_APART = frozenset({"", "unspaced", "HANGUL"})


def find_email(text: str) -> str:
    """The first e-mail address, its domain in small letters; "" for none.

    What continues a word or an address to its left or right is none, nor is what stands in a link.

    Args:
        text: full-width forms as ordinary ones, without invisible characters.
    """
    if "@" not in text:
        return ""
    text = text.translate(_CURLY)
    for found in _CANDIDATE.finditer(text):
        if found.group("local") and _stands_alone(text, found):
            local = _without_slant(str(found.group("local")), text[found.end() :])
            if 0 < len(local) <= _LONGEST_LOCAL:
                return f"{local}@{str(found.group('domain')).lower()}"
    return ""


def _stands_alone(text: str, found: Any) -> bool:
    start, end = found.span()
    before = text[:start].rstrip(_JOINTS)
    joint = text[len(before) : start]
    apart = joint.endswith(_ELLIPSIS) or joint in _BULLETS
    if before and _in_word(before[-1]) and not apart:
        return False
    return not (_GOES_ON.match(text, end) or (end < len(text) and _in_word(text[end])))


def _in_word(character: str) -> bool:
    return script(character) not in _APART


def _without_slant(local: str, after: str) -> str:
    """The local part; without the underscores that make `_me@example.com_` slanted."""
    return local.lstrip("_") if after.startswith("_") else local
