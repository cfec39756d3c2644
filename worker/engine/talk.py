"""A customer's message where rules wait: an answer, no answer, or another matter. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from worker.actions.ask import AskAction
from worker.actions.menu import pick
from worker.engine.acts import act_of
from worker.engine.flow import cancelled, flow_guard, resumed_event
from worker.engine.guards import Withheld
from worker.engine.segment import intent_of
from worker.engine.standing import Standing
from worker.model.action import Guards, Intent, RenderError
from worker.model.chat import Message
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.flow import ASK, FlowOutcome, Timer
from worker.model.rule import Rule, places
from worker.model.verdict import Answer, Reason, RuleTrace
from worker.text.normalise import LONGEST_READ, normalise


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is open in the conversation."""

    timer: Timer
    rule: Rule
    action: AskAction

    @property
    def menu(self) -> str:
        """The name of its menu."""
        return self.action.menu or self.rule.id


@dataclass(frozen=True, slots=True)
class Reply:
    """What answers a question: the message, or several as one; what was found or picked in it."""

    message: Message
    found: dict[str, str] = field(default_factory=dict)
    payload: str = ""


@dataclass(slots=True)
class Talk:
    """What a message means to the flows that wait in its conversation.

    Attributes:
        answered: whose question it answers.
        caused: events by which flows go on or end; `traces`: what is told of each.
        open: a question that the message does not answer.
        taken_by: the rule whose question takes the message; "" for none.
        intents: a question that is asked once more; `moved`: its row.
    """

    answered: Question | None = None
    open: Question | None = None
    taken_by: str = ""
    caused: list[Event] = field(default_factory=list)
    traces: list[RuleTrace] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    moved: list[Timer] = field(default_factory=list)


def hear(facts: Facts, standing: Standing) -> Talk:
    """What the message answers and ends; whether it is no answer is seen when nobody else has one.

    The question asked last is tried first.
    """
    talk = Talk()
    if facts.message is None or facts.event.kind is not EventKind.MESSAGE_RECEIVED:
        return talk
    questions = sorted(_questions(standing), key=_asked_at, reverse=True)
    for question in questions:
        reply = answer_to(question, facts)
        if reply is not None:
            talk.answered = question
            talk.taken_by = question.rule.id
            _answer(talk, question, reply, facts)
            break
    if talk.answered is None:
        talk.open = next((one for one in questions if _is_later(facts.message, one)), None)
    for going in standing.flows:
        if FlowOutcome.CUSTOMER_REPLIED.value in going.timer.flow.until:
            event = resumed_event(going.timer, FlowOutcome.CUSTOMER_REPLIED, facts.event.at)
            talk.caused.append(event)
            talk.traces.append(_told(going.timer, Reason.MATCHED, "the customer has replied"))
    return talk


def _questions(standing: Standing) -> Iterator[Question]:
    for going in standing.flows:
        if going.timer.kind != ASK or going.rule is None:
            continue
        step = dict(places(going.rule.steps)).get(going.timer.flow.position)
        if step is not None and isinstance(step.action, AskAction):
            yield Question(going.timer, going.rule, step.action)


def _asked_at(question: Question) -> float:
    asked = question.timer.flow.asked_at
    return asked.timestamp() if asked is not None else 0.0


def _is_later(message: Message, question: Question) -> bool:
    """It was written when the question had been asked: what crossed it on the way is no answer."""
    asked = question.timer.flow.asked_at
    return asked is None or message.created_at is None or message.created_at >= asked


def _told(timer: Timer, reason: Reason, detail: str) -> RuleTrace:
    step = f" '{timer.flow.step}'" if timer.flow.step else ""
    return RuleTrace(timer.flow.rule_id, reason, f"{timer.kind}{step}: {detail}", flow=True)


def answer_to(question: Question, facts: Facts) -> Reply | None:
    """How the message answers the question; None: not at all.

    The messages of a burst are tried each, the newest first, and then together.
    """
    action = question.action
    if action.extract is None and not action.quick_replies:
        said = [one for one in facts.messages if _is_later(one, question)]
        return Reply(_joined(said, "\n")) if said else None
    for one in reversed(facts.messages):
        reply = _one(question, facts, one)
        if reply is not None:
            return reply
    if len(facts.messages) > 1:
        return _extracted(question, facts, _joined(list(facts.messages), " "))
    return None


def _one(question: Question, facts: Facts, message: Message) -> Reply | None:
    if question.action.quick_replies:
        picked = pick(facts.menu, message, facts.now)
        mine = picked is not None and (
            picked.menu == question.menu
            or (not picked.menu and picked.payload in _payloads(question.action))
        )
        if picked is not None and mine:
            return Reply(message, payload=picked.payload)
    return _extracted(question, facts, message)


def _payloads(action: AskAction) -> frozenset[str]:
    """What a button of the question sends, when another menu has been sent since."""
    return frozenset(
        payload
        for option in action.quick_replies or ()
        for payload in ([option.payload] if option.payload else option.title.values())
    )


def _extracted(question: Question, facts: Facts, message: Message) -> Reply | None:
    if question.action.extract is None:
        return None
    text = normalise(message.words[:LONGEST_READ])
    verdict = question.action.extract.decide(replace(facts, message=message, text=text))
    if verdict.answer is not Answer.YES:
        return None
    return Reply(message, found={name: str(value) for name, value in verdict.found.items()})


def _joined(messages: list[Message], between: str) -> Message:
    """The messages as one: the last, with all that was said."""
    words = [one.words for one in messages if one.words]
    if len(messages) == 1 or not words:
        return messages[-1]
    return replace(messages[-1], type="text", text=between.join(words))


def _answer(talk: Talk, question: Question, reply: Reply, facts: Facts) -> None:
    event = resumed_event(question.timer, FlowOutcome.ANSWERED, facts.event.at)
    if event.resumed is None:
        raise ValueError(event.id)
    told = replace(
        event.resumed,
        about=facts.event.id,
        found=reply.found,
        answer=reply.message.words,
        payload=reply.payload,
    )
    talk.caused.append(replace(event, message=reply.message, resumed=told))
    talk.traces.append(_told(question.timer, Reason.MATCHED, "this message is the answer"))


def no_answer(talk: Talk, facts: Facts, standing: Standing) -> Question | None:
    """The open question is asked again, or given up; whose it is. None: there is none.

    Asked where no rule had an answer to the message.
    """
    question, talk.open = talk.open, None
    if question is None:
        return None
    timer, rule = question.timer, question.rule
    talk.taken_by = rule.id
    withheld = flow_guard(facts, rule, timer.flow, standing)
    wrong = timer.flow.wrong + 1
    if withheld is None and wrong <= question.action.retries:
        try:
            _ask_again(talk, question, facts, wrong)
        except RenderError as error:
            withheld = Withheld(Reason.UNDECIDED, f"template: {error}")
    elif withheld is None:
        event = resumed_event(timer, FlowOutcome.GAVE_UP, facts.event.at)
        if event.resumed is None:
            raise ValueError(event.id)
        about = replace(event.resumed, about=facts.event.id)
        talk.caused.append(replace(event, message=facts.message, resumed=about))
        talk.traces.append(_told(timer, Reason.MATCHED, "this is no answer; given up"))
    if withheld is not None:
        event = resumed_event(timer, FlowOutcome.CANCELLED, facts.now)
        talk.caused.append(cancelled(event, withheld.reason, withheld.detail))
        talk.traces.append(_told(timer, withheld.reason, f"given up: {withheld.detail}"))
    return Question(timer, rule, question.action)


def _ask_again(talk: Talk, question: Question, facts: Facts, wrong: int) -> None:
    timer, rule = question.timer, question.rule
    flow = timer.flow
    known = replace(facts, vars={**facts.vars, **rule.vars}, found=flow.found, steps=flow.steps)
    work = question.action.once_more(known, rule, flow.found)
    guards = Guards(
        human_quiet=rule.human_quiet,
        continue_on_error=rule.continue_on_error,
        limits=rule.limits,
        own_doing=flow.own_doing,
    )
    again = {**work, "again": timer.key}
    intent = intent_of(facts, rule, flow.position, question.action, again, guards)
    talk.intents.append(intent)
    due_at = facts.now + timedelta(seconds=flow.wait_s)
    flow = replace(flow, wrong=wrong, asked_at=facts.now)
    talk.moved.append(replace(timer, due_at=due_at, flow=flow))
    trace = _told(
        timer,
        Reason.MATCHED,
        f"this is no answer; asked again, {wrong} of {question.action.retries}",
    )
    talk.traces.append(replace(trace, acts=(act_of(intent),)))
