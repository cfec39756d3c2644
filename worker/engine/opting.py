"""What customers say about being written to at all: before any rule is asked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from worker.engine.flow import cancellations
from worker.engine.guards import Withheld, conversation_guard, limit_guard, opted_out
from worker.engine.history import History, Owners
from worker.engine.recorded import context_of
from worker.engine.segment import intent_of
from worker.engine.standing import Standing
from worker.model.action import Action, Guards, Intent, RenderError
from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.ids import EventId, RuleId
from worker.model.ledger import Firing, Planned
from worker.model.rule import Condition, Limit, Rule, RuleSet
from worker.model.state import ContactState, ConversationState
from worker.model.verdict import Answer, Reason, Trace
from worker.text.normalise import LONGEST_READ, normalise

OPT_OUT_RULE = RuleId("opt-out")
"""The id under which the confirmation of an opt-out is journalled."""

OPT_IN_RULE = RuleId("opt-in")
"""The same, of coming back."""

PAUSE = timedelta(minutes=10)
"""Between two confirmations of one kind: two machines that say stop and start to each other."""

_SILENCE = Withheld(Reason.OPTED_OUT, "the contact asked for silence")
_OUT = Rule(id=OPT_OUT_RULE, order=-1, triggers=(), conditions=(), steps=())
_IN = Rule(id=OPT_IN_RULE, order=-1, triggers=(), conditions=(), steps=())


def wish(
    facts: Facts,
    events: Sequence[EventId],
    ruleset: RuleSet,
    standing: Standing,
) -> Planned | None:
    """The decision on a customer who asks for silence, or for the end of it; None: no such wish.

    The newest wish of a burst counts, whatever is said after it.
    """
    if facts.event.kind is not EventKind.MESSAGE_RECEIVED:
        return None
    conversation, contact = standing.conversation, standing.contact
    if contact is None or conversation is None:
        return None
    said = _said(facts, ruleset)
    back = said is _IN and contact.opted_out_at is not None
    if said is None or (said is _IN and not back):
        return None
    after = replace(contact, opted_out_at=None if back else contact.opted_out_at or facts.now)
    note, intents = _confirmed(facts, ruleset, conversation, (contact, after), standing.history)
    event = facts.event
    fired = (Firing(said.id, facts.now, event.conversation_id, event.contact_id, sends=1),)
    return Planned(
        account=event.account,
        events=tuple(events),
        at=facts.now,
        trace=Trace(note=note),
        intents=intents,
        firings=fired if intents else (),
        context=context_of(facts, ruleset, conversation, contact),
        contact=after,
        caused=() if back else cancellations(standing.flows, facts.now, _SILENCE),
    )


def _said(facts: Facts, ruleset: RuleSet) -> Rule | None:
    """`_OUT`, `_IN` or None: the newest message that says either."""
    messages = facts.messages or ((facts.message,) if facts.message else ())
    for message in reversed(messages):
        one = facts
        if message is not facts.message:
            text = normalise(message.words[:LONGEST_READ])
            one = replace(facts, message=message, text=text)
        if _is_said(ruleset.stop_phrases, one):
            return _OUT
        if _is_said(ruleset.start_phrases, one):
            return _IN
    return None


def _is_said(asked: Condition | None, facts: Facts) -> bool:
    return asked is not None and asked.decide(facts).answer is Answer.YES


def _confirmed(
    facts: Facts,
    ruleset: RuleSet,
    conversation: ConversationState,
    contacts: tuple[ContactState, ContactState],
    history: History,
) -> tuple[str, tuple[Intent, ...]]:
    """What is said of the event, and the confirmation: once, unless something keeps it back.

    Args:
        contacts: before and after the wish.
    """
    before, after = contacts
    back = after.opted_out_at is None
    if not back and opted_out(before):
        return "opted out before", ()
    done, rule = ("opted in", _IN) if back else ("opted out", _OUT)
    if back and opted_out(after):
        return "opted in; silent all the same: a tag or the platform asks for it", ()
    quiet = max((one.human_quiet for one in ruleset.rules), default=rule.human_quiet)
    limits = ruleset.limits if back else ()
    kept = _kept_back(facts, rule, conversation, history, quiet, limits)
    confirmation = ruleset.start_confirmation if back else ruleset.stop_confirmation
    if kept or confirmation is None:
        return f"{done}; not confirmed: {kept}" if kept else done, ()
    guards = Guards(human_quiet=quiet, despite_opt_out=not back, limits=limits)
    try:
        return done, (_confirming(confirmation, facts, rule, guards),)
    except RenderError as error:
        return f"{done}; not confirmed: template: {error}", ()


def _kept_back(
    facts: Facts,
    rule: Rule,
    conversation: ConversationState,
    history: History,
    quiet: timedelta,
    limits: tuple[Limit, ...],
) -> str:
    """Why nothing may be sent now; "" if it may."""
    event = facts.event
    people = (event.conversation_id, event.contact_id)
    held = conversation_guard(conversation, None, quiet, facts.now)
    held = held or limit_guard(limits, history, facts.now, Owners(*people, rule.id))
    if held is not None:
        return f"{held.reason.value}, {held.detail}"
    last = history.last_fired(rule, "contact", *people)
    if last is not None and facts.now - last < PAUSE:
        return f"it was at {last.isoformat()}"
    return ""


def _confirming(confirmation: Action, facts: Facts, rule: Rule, guards: Guards) -> Intent:
    """The confirmation.

    Raises:
        RenderError: its template cannot be filled.
    """
    work = confirmation.render(facts, rule, {})
    return intent_of(facts, rule, 0, confirmation, work, guards)
