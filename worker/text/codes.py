"""Codes of languages: which there are, and which was meant by one that is none."""

from __future__ import annotations

_OF_TWO = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv
dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie
ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv
mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm
rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts
tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(_OF_TWO.split())
"""Every code of two letters. Source: ISO 639-1. Codes of three letters (ISO 639-3) are thousands
and are not checked."""

_LONG = {"eng": "en", "chi": "zh", "zho": "zh", "vie": "vi", "tha": "th", "jpn": "ja", "kor": "ko"}
"""Source: ISO 639-2; BCP 47 wants the shorter code where there is one."""

_LIKELY = ("en", "zh", "vi", "th", "ja", "ko", "id", "ms", "fr", "de", "es", "pt", "ru", "ar", "hi")
"""What a slip most likely was: the languages of the platforms' customers first."""

_TWO = 2


def is_language(code: str) -> bool:
    """The code, in small letters, is one of a language, as far as its length can tell."""
    return code not in _LONG and (len(code) != _TWO or code in LANGUAGES)


def slip_of(code: str) -> str:
    """The language likely meant by a code that is none, by its first letter; "" for none."""
    if code in _LONG:
        return _LONG[code]
    if len(code) != _TWO:
        return ""
    return next((one for one in _LIKELY if one[0] == code[0] or one == code[::-1]), "")
