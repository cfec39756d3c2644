"""`ask`: a question to the customer, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationInfo, model_validator
from typing_extensions import override

from worker.actions.speech import SpeechPart
from worker.actions.wait import NO_CONVERSATION
from worker.actions.wording import Wording, planned, said
from worker.conditions.extract import ExtractCondition
from worker.conditions.keyed import complaint, complaint_at, raised
from worker.conditions.matcher import Duration
from worker.conditions.part import load_context
from worker.model.facts import Facts
from worker.model.flow import NOT_DONE, FlowOutcome
from worker.model.gateway import Capability
from worker.model.rule import Rule
from worker.text.offered import OneOf, Shape

DEFAULT_TIMEOUT = timedelta(hours=1)
"""Time to look for an order number on paper; the next day's message is another matter."""


class AskAction(SpeechPart):
    """A question. The steps after it are done when it has been answered, or has not been.

    With `extract`, a message that has all it names is an answer, and the values are `found.NAME`
    later; with `quick_replies`, a pick is one; with neither, any message is. A message that is no
    answer, and that no other rule answers, is told so: the question is asked `again`, at most
    `retries` times. `steps.ID.outcome` says how it ended: `answered`, `timed_out` or `gave_up`;
    `steps.ID.answer` is what the customer wrote, `steps.ID.payload` what was picked.

    While it is open, the first message that answers it is nobody else's. Messages sent shortly one
    after the other are tried each and together.
    """

    key: ClassVar[str] = "ask"
    examples: ClassVar[tuple[str, ...]] = (
        "ask: What is your order number?",
        "ask: {text: Order number, extract: {order: {matches: '[A-Z]{2}\\d{6}'}}}",
        "ask: {text: 'How was it?', quick_replies: [Good, Bad], retries: 0, timeout: 24h}",
    )

    text: Wording = Field(description="The question.")
    extract: ExtractCondition | None = Field(
        default=None, description="What an answer must have, as in the condition `extract`."
    )
    again: Wording | None = Field(
        default=None, description="What is said after a message that is no answer; `text` without."
    )
    retries: int = Field(
        default=1, ge=0, le=10, description="How often it is asked again. Shipped: `1`."
    )
    timeout: Duration = Field(
        default=DEFAULT_TIMEOUT,
        description="How long an answer is waited for, each time it is asked. Shipped: `1h`.",
        json_schema_extra={"default": "1h"},
    )

    @model_validator(mode="after")
    def _makes_sense(self, info: ValidationInfo) -> Self:
        lines = self.same_twice()
        kinds = load_context(info).kinds
        if kinds & NO_CONVERSATION:
            named = ", ".join(sorted(kinds & NO_CONVERSATION))
            message = f"events of {named} belong to no conversation: nobody can be asked"
            lines.append(
                complaint_at(
                    (), self.text, complaint("no_conversation", message, "ask in another rule")
                )
            )
        if not self.timeout:
            error = complaint("duration", "expected a duration longer than 0s", "write 1h")
            lines.append(complaint_at(("timeout",), self.timeout, error))
        if self.again and not (self.extract or self.quick_replies):
            message = "'again' is never said: every message is an answer"
            error = complaint("useless_key", message, "add 'extract' or 'quick_replies'")
            lines.append(complaint_at(("again",), self.again, error))
        if self.menu is not None and not self.quick_replies:
            error = complaint("bad_reply", "'menu' is for quick replies", "add them")
            lines.append(complaint_at(("menu",), self.menu, error))
        if lines:
            raise raised("ask", lines)
        return self

    @override
    def finds(self) -> frozenset[str]:
        return self.extract.finds() if self.extract else frozenset()

    @override
    def leaves(self) -> Mapping[str, Shape]:
        ends = (FlowOutcome.ANSWERED, FlowOutcome.TIMED_OUT, FlowOutcome.GAVE_UP)
        return {"outcome": OneOf((*ends, *NOT_DONE)), "answer": "text", "payload": "text"}

    @override
    def needs(self) -> frozenset[Capability]:
        return frozenset({Capability.SEND})

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        values = planned(facts, rule, found)
        work = self.spoken(said(self.text, values), values, rule.id)
        return {**work, "for_s": self.timeout.total_seconds()}

    def once_more(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """The work that asks again.

        Raises:
            RenderError: a template failed on these facts.
        """
        values = planned(facts, rule, found)
        return self.spoken(said(self.again or self.text, values), values, rule.id)
