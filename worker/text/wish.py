"""A customer's short wish: the whole of a message, said once or again, politely or not.

`stop` alone is a wish; `the bus stop` is not. What is longer than a word cannot be said in passing
and is looked for anywhere in the message.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.model.text import MessageText
from worker.text import compare
from worker.text.boundary import script
from worker.text.language import is_han
from worker.text.normalise import normalise
from worker.text.phrase import PhraseMatcher

SHORT = 8
"""Letters of a phrase without a space that counts as one word. Longer words (`unsubscribe`) are
said of nothing else."""

SHORT_HAN = 3
"""The same for Chinese characters, of which two are an ordinary word."""

POLITE = (
    *("please", "pls", "plz", "thanks", "thank you", "thx", "ok", "okay"),
    *("請", "唔該", "唔該晒", "麻煩", "謝謝", "多謝", "啦", "吧"),
    *("ạ", "đi", "nhé", "nha", "xin", "vui lòng", "làm ơn", "cảm ơn", "dạ"),
    *("ค่ะ", "คะ", "ครับ", "ครับผม", "นะคะ", "นะครับ", "นะ", "ด้วย", "ขอบคุณ", "ช่วย"),
)
"""Words that make a wish no longer."""


def is_short(phrase: str) -> bool:
    """The phrase is one word, which may be said in passing; `opt-out` is two, an emoji is none."""
    words = _words(normalise(phrase).plain)
    if len(words) != 1:
        return False
    letters = words[0]
    if any(is_han(letter) for letter in letters):
        return len(letters) <= SHORT_HAN
    return len(letters) <= SHORT


class WishMatcher:
    """Finds any of `phrases` as a wish."""

    __slots__ = ("_keys", "_long", "_short", "phrases")

    def __init__(self, phrases: Sequence[str]) -> None:
        self.phrases = tuple(phrases)
        short = [one for one in self.phrases if is_short(one)]
        self._short = [(one, normalise(_words(normalise(one).plain)[0])) for one in short]
        self._long = PhraseMatcher([one for one in self.phrases if not is_short(one)])
        long = self._long.folded_keys() or frozenset()
        self._keys = long | {wanted.folded for _, wanted in self._short}

    def search(self, text: MessageText) -> str:
        """What of the phrases the message wishes, for a trace; "" for none of them."""
        if not any(map(text.folded.__contains__, self._keys)):
            return ""  # nearly every message: politeness need not be taken off it
        found = self._long.search(text)
        if found is not None:
            return f"mentions '{found.phrase}'"
        for said in _bare(text.plain):
            form = normalise(said)
            for phrase, wanted in self._short:
                if compare.equals(form, wanted):
                    return f"is '{phrase}'"
        return ""

    def folded_keys(self) -> frozenset[str]:
        """Texts of which one must stand in `MessageText.folded` for a match."""
        return self._keys


def _bare(plain: str) -> set[str]:
    """The message's one word, where it has only one besides politeness, however often it is said.

    Args:
        plain: normalised.
    """
    text = f" {' '.join(_words(plain))} "
    for polite in _PHRASES:
        while f" {polite} " in text:
            text = text.replace(f" {polite} ", " ")
    left = text.split()
    bare = [stripped for word in left if (stripped := _without_particles(word))]
    return {words[0] for words in (left, bare) if len(set(words)) == 1}


def _words(plain: str) -> list[str]:
    return "".join(sign if script(sign) else " " for sign in plain).split()


def _without_particles(word: str) -> str:
    """A word of a script without spaces, without polite particles before and behind it."""
    found = not _is_spaced(word)
    while found:
        found = False
        for particle in _PARTICLES:
            if word.endswith(particle) or word.startswith(particle):
                word = word.removesuffix(particle).removeprefix(particle)
                found = bool(word)
    return word


def _is_spaced(word: str) -> bool:
    return script(word[0]) != script("ก")


_FORMS = sorted({normalise(one).plain for one in POLITE}, key=len, reverse=True)
_PHRASES = tuple(one for one in _FORMS if _is_spaced(one))
_PARTICLES = tuple(one for one in _FORMS if not _is_spaced(one))
