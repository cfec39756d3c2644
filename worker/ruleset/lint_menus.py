"""Warnings about menus: picks that no menu of these rules offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from worker.errors import Problem
from worker.model.event import EventKind
from worker.model.rule import Place, places
from worker.ruleset.building import Written
from worker.ruleset.likeness import kind_of
from worker.ruleset.lint_walk import everywhere, warning
from worker.text.names import closest, did_you_mean
from worker.text.template import is_template


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Something that a rule waits to be picked, and of which menus; none named: of any."""

    text: str
    menus: tuple[str, ...]
    place: Place


class Menus:
    """What all rules offer and what they wait for, gathered while the rules are read."""

    def __init__(self) -> None:
        self._offered: dict[str, set[str]] = {}
        self._open: set[str] = set()
        self._menus: list[_Wanted] = []
        self._payloads: list[_Wanted] = []

    def add(self, written: Written) -> None:
        """The rule's menus, and its picks."""
        rule = written.rule
        for _, step in places(rule.steps):
            options = getattr(step.action, "quick_replies", None)
            if options:
                self._offer(getattr(step.action, "menu", None) or rule.id, options)
        menus = tuple(self._picks(written))
        for condition, below in everywhere(written):
            if kind_of(condition) == "payload":
                matcher = getattr(condition, "matcher", None)
                for name in ("equals", "in_"):
                    for place, payload in enumerate(_each(getattr(matcher, name, None))):
                        at = written.place((*below, "payload", name.rstrip("_"), place))
                        self._payloads.append(_Wanted(payload, menus, at))

    def _picks(self, written: Written) -> Iterator[str]:
        """What the rule's triggers wait for is noted; the menus they name."""
        for position, trigger in enumerate(written.rule.triggers):
            if trigger.kind is not EventKind.QUICK_REPLY_PICKED:
                continue
            at = ("when", position, trigger.kind.value)
            menus = tuple(_each(trigger.parameters.get("menu")))
            for place, name in enumerate(menus):
                self._menus.append(_Wanted(name, (), written.place((*at, "menu", place))))
            for place, payload in enumerate(_each(trigger.parameters.get("payload"))):
                where = written.place((*at, "payload", place))
                self._payloads.append(_Wanted(payload, menus, where))
            yield from menus

    def _offer(self, menu: str, options: Iterable[Any]) -> None:
        offered = self._offered.setdefault(menu, set())
        for option in options:
            texts = [option.payload] if option.payload else [*option.title.values()]
            if any(map(is_template, texts)):
                self._open.add(menu)  # what it offers is known when it is sent
            offered.update(texts)

    def warnings(self) -> Iterator[Problem]:
        """Picks that nobody can make, as far as these rules tell."""
        for wanted in self._menus:
            if wanted.text not in self._offered:
                message = f"no rule sends a menu '{wanted.text}'"
                hint = did_you_mean(wanted.text, self._offered) or "name it in `menu` of a reply"
                yield warning(wanted.place, message, hint)
        for wanted in self._payloads:
            yield from self._of_payload(wanted)

    def _of_payload(self, wanted: _Wanted) -> Iterator[Problem]:
        menus = [name for name in wanted.menus if name in self._offered]
        if wanted.menus and not menus:
            return  # told of the menu already
        asked = menus or list(self._offered)
        offered = set[str]().union(*(self._offered[name] for name in asked))
        if wanted.text in offered or self._open.intersection(asked):
            return
        if menus:
            which = " or ".join(f"'{name}'" for name in menus)
            message = f"the menu {which} offers no payload '{wanted.text}'"
            yield warning(wanted.place, message, did_you_mean(wanted.text, offered))
        elif near := closest(wanted.text, offered):
            # another bot's menu may well offer it; a slip is near to what is offered here
            message = f"no menu of these rules offers the payload '{wanted.text}'"
            yield warning(wanted.place, message, f"did you mean '{near}'?")


def _each(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        yield from (one for one in value if isinstance(one, str))
