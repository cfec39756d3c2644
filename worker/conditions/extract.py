"""`extract`: e-mail addresses, phone numbers and codes in a message."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails
from typing_extensions import override

from worker.conditions.keyed import (
    OneOrMany,
    Part,
    complaint,
    complaint_at,
    described,
    moved,
    raised,
)
from worker.conditions.offer import require_message
from worker.conditions.part import ConditionPart
from worker.conditions.pattern import Pattern, compiled, written_for
from worker.model.facts import Facts
from worker.model.verdict import Answer, Verdict
from worker.text.characters import visible
from worker.text.email import find_email
from worker.text.names import did_you_mean

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_READ = 4000  # characters; nobody's number stands after so many
_MOST_TRIES = 100  # candidates for a phone number that are looked at in one message
_ASCII_SIGNS = "".join(chr(code) for code in range(0x21, 0x7F))


def _region(code: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # metadata of all countries: only where used

    if code not in SUPPORTED_REGIONS:
        hint = did_you_mean(code, SUPPORTED_REGIONS) or "two capital letters, e.g. HK"
        raise complaint("unknown_region", f"'{code}' is no region with phone numbers", hint)
    return code


class PhoneOptions(Part):
    """How a phone number without a country code is read."""

    regions: OneOrMany[Annotated[str, AfterValidator(_region)]]


class PatternOptions(Part):
    """An RE2 pattern; its first group, if it has one, is the value."""

    matches: Pattern


Sought = bool | PhoneOptions | PatternOptions


class ExtractCondition(ConditionPart):
    """Holds when the message has all that is named; the values are `found.NAME` in templates.

    `email: true`; `phone: true` for numbers with a country code, `phone: {regions: [HK, VN]}` also
    for local ones (given as +85291234567); any other name takes an RE2 pattern. Full-width letters
    and digits of any script are read as ordinary ones, invisible characters are passed over. A
    piece of a longer address is no address, nor is one inside a link.
    """

    key: ClassVar[str] = "extract"
    root: ClassVar[str] = "sought"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = (
        "extract: {email: true}",
        "extract: {phone: {regions: [HK, VN]}, order: {matches: '[A-Z]{2}\\d{6}'}}",
    )

    sought: dict[str, Sought]

    _patterns: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @field_validator("sought", mode="wrap")
    @classmethod
    def _read_sought(
        cls, raw: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> dict[str, Sought]:
        if not isinstance(raw, Mapping) or not raw:
            message = f"expected what to extract, found {described(raw) if raw else 'nothing'}"
            raise complaint("mapping_expected", message, f"for instance {cls.examples[0]}")
        sought: dict[str, Sought] = {}
        lines: list[InitErrorDetails] = []
        for name, value in raw.items():
            try:
                sought[name] = _read_one(str(name), value, info.context)
            except ValidationError as error:
                lines += moved(error, prefix=(str(name),))
        if lines:
            raise raised(cls.__name__, lines)
        return sought

    @model_validator(mode="after")
    def _compile(self, info: ValidationInfo) -> Self:
        require_message(info)
        self._patterns = {
            name: compiled(written_for(wanted.matches, legible))
            for name, wanted in self.sought.items()
            if isinstance(wanted, PatternOptions)
        }
        return self

    @override
    def finds(self) -> frozenset[str]:
        return frozenset(self.sought)

    @override
    def decide(self, facts: Facts) -> Verdict:
        message = facts.message
        if message is None:
            return self.undecided("the event has no message")
        text = legible(message.text or message.caption)
        found: dict[str, str] = {}
        for name, wanted in self.sought.items():
            value = self._find(name, wanted, text)
            if not value:
                return self.answer(holds=False, because=f"the message has no {name}")
            found[name] = value
        return Verdict(Answer.YES, self.key, f"found {', '.join(found)}", found=found)

    def _find(self, name: str, wanted: Sought, text: str) -> str:
        if name == "email":
            return find_email(text)
        if name == "phone":
            return find_phone(text, wanted.regions if isinstance(wanted, PhoneOptions) else ())
        match = self._patterns[name].search(text)
        if match is None:
            return ""
        return str(match.group(1) or "") if match.re.groups else str(match.group(0))


def _read_one(name: str, raw: Any, context: Any) -> Sought:
    if name in {"email", "phone"} and raw is True:
        return True
    if name == "phone" and isinstance(raw, Mapping):
        return PhoneOptions.model_validate(raw, context=context)
    forms = {"email": "email: true", "phone": "phone: true, or phone: {regions: [HK]}"}
    if name in forms:
        error = complaint("bad_extract", f"'{name}' cannot be read so", f"write {forms[name]}")
    elif not _NAME.fullmatch(name):
        hint = "small letters, digits and _, a letter first"
        error = complaint("bad_name", f"'{name}' cannot be a name below 'found'", hint)
    elif not isinstance(raw, Mapping):
        near = did_you_mean(name, ["email", "phone"])
        hint = near if near.startswith("did") else "write {matches: PATTERN}"
        error = complaint("bad_extract", f"'{name}' needs a pattern", hint)
    else:
        return PatternOptions.model_validate(raw, context=context)
    raise raised("extract", [complaint_at((), raw, error)])


def legible(text: str) -> str:
    """The text with full-width forms and digits of every script as ordinary ones, without invisible
    characters; case is kept.

    Of a very long text, what comes first; a word that it would end in the middle of is left out.
    """
    if len(text) > _READ:
        return legible(text[:_READ]).rstrip(_ASCII_SIGNS)
    if text.isascii() and text.isprintable():
        return text
    narrow = unicodedata.normalize("NFKC", visible(text))
    if narrow.isascii():
        return narrow
    digits = {
        ord(character): str(unicodedata.decimal(character))
        for character in set(narrow)
        if character.isdecimal()
    }
    return narrow.translate(digits)


def find_phone(text: str, regions: tuple[str, ...]) -> str:
    """The first valid phone number as E.164, "" for none.

    Args:
        regions: where a number without country code may be from, the likeliest first.
    """
    import phonenumbers

    first: tuple[int, int, str] | None = None
    for rank, region in enumerate((*regions, None) if regions else (None,)):
        matcher = phonenumbers.PhoneNumberMatcher(
            text, region, leniency=phonenumbers.Leniency.VALID, max_tries=_MOST_TRIES
        )
        for match in matcher:
            written = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            candidate = (match.start, rank, written)
            first = candidate if first is None else min(first, candidate)
            break
    return first[2] if first else ""
