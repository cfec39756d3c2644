"""The language of a message by its script, and the language a reply is given in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from worker.text.han import CANTONESE, telling_characters
from worker.text.syllable import has_vietnamese_letters, looks_vietnamese

_READ = 2000  # characters; the language of a message shows well before that

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_THAI = re.compile("[\u0e01-\u0e2e]")  # consonants: vowels and tones would count a syllable twice
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")

# So many Latin words to one letter of another script are a text in Latin script with a foreign
# name.
_OUTWEIGHED = 2

# Source: Unicode CLDR, likely subtags.
_SCRIPT_OF_REGION = {
    "tw": "hant",
    "hk": "hant",
    "mo": "hant",
    "cn": "hans",
    "sg": "hans",
    "my": "hans",
}
_CHINESE = {"cmn": "", "yue": "hant", "wuu": "hans", "zh": ""}


def is_han(character: str) -> bool:
    """The character is a Chinese one, as Japanese uses them too."""
    return _HAN.fullmatch(character) is not None


def _chinese(text: str) -> str:
    only_traditional, only_simplified = telling_characters()
    traditional = sum(character in only_traditional for character in text)
    simplified = sum(character in only_simplified for character in text)
    if traditional == simplified == 0:
        traditional = sum(character in CANTONESE for character in text)
    if traditional == simplified:
        return "zh"
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def script_language(text: str) -> str | None:
    """The language that the letters of `text` make unmistakable, as a BCP 47 tag.

    `zh-Hant`, `zh-Hans`, `zh` (Chinese characters that are the same in both), `ja`, `th`, `vi`;
    None for everything else. Latin words among Chinese or Thai ones are loan words, unless they are
    far more.
    """
    text = text[:_READ]
    if text.isascii():
        return None
    han, kana, thai = (len(letters.findall(text)) for letters in (_HAN, _KANA, _THAI))
    own = han + kana + thai
    if own and len(_LATIN_WORD.findall(text)) <= _OUTWEIGHED * own:
        if thai > han + kana:
            return "th"
        # A single の is a fashion in Chinese brand names.
        return "ja" if kana > 1 or (kana and "の" not in text) else _chinese(text)
    return "vi" if has_vietnamese_letters(text) or looks_vietnamese(text) else None


def _subtags(tag: str) -> list[str]:
    return [part for part in tag.strip().replace("_", "-").lower().split("-") if part]


def _primary(tag: str) -> str:
    first = (_subtags(tag) or [""])[0]
    return "zh" if first in _CHINESE else first


def _script(tag: str) -> str:
    """`hant`, `hans` or "" for a Chinese tag."""
    parts = _subtags(tag)
    for part in parts[1:]:
        if part in {"hant", "hans"}:
            return part
    regions = (_SCRIPT_OF_REGION[part] for part in parts[1:] if part in _SCRIPT_OF_REGION)
    return next(regions, _CHINESE.get(parts[0], "") if parts else "")


def _fallbacks(tag: str) -> list[str]:
    """`tag` in lower case and what it falls back to, the most specific first."""
    parts = _subtags(tag)
    chain = ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    if _primary(tag) == "zh":
        script = _script(tag)
        region = next((part for part in parts[1:] if part in _SCRIPT_OF_REGION), "")
        full = [part for part in ("zh", script, region) if part]
        chain = [step for step in chain if step != "zh"]
        chain += [f"zh-{region}"] if region else []
        chain += ["-".join(full[:length]) for length in range(len(full), 0, -1)]
    return list(dict.fromkeys(chain))


def falls_back(tag: str) -> tuple[str, ...]:
    """The keys that serve a reader of `tag`, in lower case: it itself, then what is wider."""
    return tuple(_fallbacks(tag))


def never_written(language: str) -> tuple[str, ...]:
    """The Chinese in whose script this language is not written, however near the two are; none for
    Chinese of either script, and for all others.
    """
    other = {"hant": "zh-Hans", "hans": "zh-Hant"}.get(_CHINESE.get(language, ""))
    return (other,) if other else ()


def _key_for(available: Sequence[str], tag: str) -> str | None:
    """The key of `available` that serves a reader of `tag` best; None where none is of that
    language.
    """
    keys = {"-".join(_subtags(key)): key for key in reversed(available)}
    for step in _fallbacks(tag):
        if step in keys:
            return keys[step]
    same = [key for key in available if _primary(key) == _primary(tag)]
    alike = [key for key in same if _script(key) == _script(tag)]
    return next(iter([*alike, *same]), None)


def _contradicts(seen: str, text: str, contact: str) -> bool:
    """`text`, seen to be in language `seen`, cannot be in `contact`'s language."""
    if seen == "vi" and not has_vietnamese_letters(text[:_READ]):
        return False
    written = {_primary(seen)}
    if written == {"zh"}:
        written.add("ja")  # a short Japanese message may be all Han
    return _primary(contact) not in written


def choose_language(
    available: Sequence[str], *, contact_language: str, message_text: str | None
) -> str:
    """The key of `available` in which the customer is answered.

    The contact's language, unless the message's script rules it out; without one the message's;
    else the first key. `zh-TW`, `zh-HK` and `zh-MO` fall back to `zh-Hant`, then `zh`; `zh-CN` and
    `zh-SG` to `zh-Hans`, then `zh`; a bare `zh` is Traditional or Simplified as the message is.

    Args:
        available: BCP 47 tags in the order written; case and `_` for `-` do not matter.
        contact_language: BCP 47, or "" when unknown.
        message_text: as typed; None without a message.

    Raises:
        ValueError: `available` is empty.
    """
    if not available:
        raise ValueError("a reply needs a text in at least one language")
    text = message_text or ""
    seen = script_language(text)
    wanted = [contact_language] if _subtags(contact_language) else []
    if seen:
        bare_chinese = wanted and _primary(wanted[0]) == "zh" and not _script(wanted[0])
        if not wanted or bare_chinese or _contradicts(seen, text, wanted[0]):
            wanted.insert(0, seen)
    found = (_key_for(available, tag) for tag in wanted)
    return next((key for key in found if key is not None), available[0])


@lru_cache(maxsize=512)
def written_in(text: str, key: str = "") -> str:
    """The language a text for customers is written in, as a BCP 47 tag.

    Args:
        key: the language it stands under; "" for a text that is for everybody: its letters tell
            then, and English is what has no letters of its own. A bare `zh` is Traditional unless
            the text says otherwise.
    """
    seen = script_language(text) or ""
    if key and "-".join(_subtags(key)) not in _CHINESE:
        return key
    if key or seen == "zh":
        return seen if seen.startswith("zh-") else "zh-Hant"
    return seen or "en"
