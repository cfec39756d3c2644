"""One rule as written, with the defaults under it, becomes one rule of the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from worker.conditions.keyed import described
from worker.conditions.part import ConditionPart, Conditions, LoadContext, knowing
from worker.errors import Problem
from worker.model.ids import RuleId
from worker.model.limit import Limit
from worker.model.rule import Cooldown, Place, Rule
from worker.ruleset.document import Document
from worker.ruleset.forms import CooldownForm, LimitForm, RuleForm
from worker.ruleset.safety import HINT, SHIPPED_LIMITS, completed, loosened
from worker.ruleset.script import script_of
from worker.ruleset.shared import Loc, Shared
from worker.ruleset.steps import built, located
from worker.ruleset.triggers import kinds_of
from worker.ruleset.wording import problems_of

_CONDITIONS: TypeAdapter[tuple[ConditionPart, ...]] = TypeAdapter(Conditions)


@dataclass(frozen=True, slots=True)
class Written:
    """A rule, and what was read of it."""

    rule: Rule
    document: Document

    def place(self, loc: Loc, *, key: bool = False) -> Place:
        """Where something below the rule stands."""
        return self.document.place(loc, key=key)


class RuleReader:
    """Reads rules against the names that all files share."""

    def __init__(self, shared: Shared, context: LoadContext) -> None:
        self._shared = shared
        self._context = context
        self.limits = self._default_limits()
        self.problems: list[Problem] = []

    def _default_limits(self) -> tuple[Limit, ...]:
        raw = self._shared.defaults.get("limits")
        if raw is None:
            return SHIPPED_LIMITS
        return completed(_limits(LimitForm.model_validate(item) for item in raw), SHIPPED_LIMITS)

    def read(self, document: Document, order: int) -> Written | None:
        """The rule that is this document; None after complaints.

        Args:
            order: its place over all files.
        """
        raw = document.value
        if not isinstance(raw, dict):
            message = f"expected a rule, found {described(raw)}"
            self._complain(document.place(()), message, "a rule starts with - id: name")
            return None
        merged = self._with_defaults(raw)
        context, merged = self._with_conditions(self._context_of(document, merged), merged)
        try:
            form = RuleForm.model_validate(merged, context=context)
        except ValidationError as error:
            self._complain_all(error, document)
            return None
        written = Written(self._rule(form, document, order, context), document)
        self._check_steps(written, form)
        self._check_guards(written, raw)
        return written

    def _with_defaults(self, raw: dict[str, Any]) -> dict[str, Any]:
        defaults = self._shared.defaults
        if not defaults:
            return raw
        merged = {**defaults, **raw}
        both = (defaults.get("vars"), raw.get("vars"))
        if isinstance(both[0], dict) and isinstance(both[1], dict):
            merged["vars"] = {**both[0], **both[1]}
        return merged

    def _context_of(self, document: Document, merged: Mapping[str, Any]) -> LoadContext:
        names = merged.get("vars")
        return replace(
            self._context,
            kinds=kinds_of(merged.get("when")),
            rule_vars=names if isinstance(names, dict) else {},
            folder=document.source.folder,
        )

    @staticmethod
    def _with_conditions(
        context: LoadContext, merged: dict[str, Any]
    ) -> tuple[LoadContext, dict[str, Any]]:
        """Conditions are read first: what they find is what templates may name."""
        raw = merged.get("if", [])
        try:
            conditions = _CONDITIONS.validate_python(
                [raw] if isinstance(raw, dict) else raw, context=context
            )
        except ValidationError:
            return context, merged  # told when the whole rule is read
        return knowing(context, conditions), {**merged, "if": conditions}

    def _complain(self, at: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(at.path, at.line, at.column, message, hint))

    def _complain_all(self, error: ValidationError, document: Document) -> None:
        """What is wrong stands in the rule, or in the defaults under it."""
        raw, defaults_at = document.value, self._shared.defaults_at

        def locate(below: Loc, **options: Any) -> Place:
            key = below[0] if below else ""
            if defaults_at is not None and key not in raw and key in self._shared.defaults:
                return defaults_at.document.place(defaults_at.loc + below, **options)
            return document.place(below, **options)

        def written(place: Place) -> str:
            shared = defaults_at.document.source.plain(place) if defaults_at is not None else ""
            return document.source.plain(place) or shared

        self.problems += problems_of(error, locate, written=written)

    def _rule(self, form: RuleForm, document: Document, order: int, context: LoadContext) -> Rule:
        raw = document.value
        own = "do" in raw
        do = raw["do"] if own else self._shared.defaults["do"]
        steps = built(
            form.steps,
            do,
            ("do",),
            lambda below: document.place(below if own else ()),
        )
        cooldown = form.cooldown
        limits = self.limits
        if "limits" in raw and form.limits is not None:
            limits = completed(_limits(form.limits), self.limits)
        rule = Rule(
            id=RuleId(form.id),
            order=order,
            triggers=form.when,
            conditions=form.conditions,
            steps=steps,
            place=document.place(()),
            description=form.description,
            state=form.state,
            priority=form.priority,
            vars=form.vars,
            also=form.also,
            cooldown=None if cooldown is None else self._cooldown(cooldown),
            limits=limits,
            expires_after=form.expires_after,
            human_quiet=form.human_quiet,
            settle=form.settle,
            continue_on_error=form.continue_on_error,
            allow_unsafe=form.allow_unsafe,
        )
        return replace(rule, script=script_of(rule, do, context))

    def _cooldown(self, form: CooldownForm) -> Cooldown:
        calendars = self._context.calendars or {}
        if form.window is not None or not calendars:
            return Cooldown(form.window, form.per)
        return Cooldown(None, form.per, calendars[form.calendar or next(iter(calendars))])

    def _check_steps(self, written: Written, form: RuleForm) -> None:
        seen: set[str] = set()
        for step, at in located(form.steps, ("do",)):
            if step.id and step.id in seen:
                place = written.place((*at, "id"))
                self._complain(place, f"another step has the id '{step.id}'", "rename one of them")
            seen.add(step.id)

    def _check_guards(self, written: Written, raw: Mapping[str, Any]) -> None:
        rule = written.rule
        if rule.allow_unsafe or not rule.visible:
            return
        for key, message in loosened(rule.limits, rule.human_quiet, rule.expires_after):
            defaults_at = self._shared.defaults_at
            if key in raw or defaults_at is None:
                self._complain(written.place((key,)), message, HINT)
                continue
            at = defaults_at.document.place((*defaults_at.loc, key))
            hint = f"keep to it, or say `allow_unsafe: true` in rules such as '{rule.id}'"
            found = (at.path, at.line, at.column, message)
            if not any((p.path, p.line, p.column, p.message) == found for p in self.problems):
                self._complain(at, message, hint)


def _limits(forms: Any) -> Iterator[Limit]:
    for form in forms:
        yield Limit(form.max, form.within, form.per)
