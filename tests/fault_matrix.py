"""Every way a call fails × every call the worker makes: what it does, and what is seen.

One table: the scenarios play each cell, `docs/faults.md` tells it in words. `./dev docs` makes the
document anew; so does `python -m tests.fault_matrix > docs/faults.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from worker.model.action import IntentState
from worker.sandbox.switches import Switches

HELD_S = 20
"""What `Retry-After` asks for where it is given."""


class Known(StrEnum):
    """What a failed call tells of its effect."""

    NOT_DONE = "certainly not done, and worth another try"
    REFUSED = "certainly not done, and refused for good"
    UNKNOWN = "nobody knows"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way a call fails.

    Args:
        text: as `worker.sandbox.faults` reads it, without the target.
        effect: the call took effect all the same; None: of a read the question does not arise.
        first: what the worker does before it tries again.
        answered: the answer is a 2xx whose body is not what was documented: `page` is no JSON,
            `half` is JSON cut short, `shape` is JSON of another shape, `none` is no body.
        timeout: the request time-out, where the usual one would hide the fault.
    """

    name: str
    text: str
    known: Known
    effect: bool | None = None
    first: str = "waits 1 s, 2 s, 4 s … 60 s"
    answered: str = ""
    late: bool = False
    timeout: str = "20s"


_WHEN = "; effect: "


def _twice(name: str, text: str, **more: Any) -> tuple[Fault, Fault]:
    """The fault before the effect, and after it."""
    before, after = (
        Fault(f"{name}{_WHEN}{when}", text.format(when), Known.UNKNOWN, effect, **more)
        for when, effect in (("before", False), ("after", True))
    )
    return before, after


def _damaged(name: str, text: str, answered: str) -> Fault:
    """The call took effect; its answer tells nothing."""
    return Fault(name, text, Known.UNKNOWN, effect=True, answered=answered)


_PROBED = "stops calling and says so; one probe each 30 s, or at once with a new token"
_THROTTLED = "everything of the account waits {}, and goes on more slowly"
_AS_ASKED = _THROTTLED.format("as long as asked")

FAULTS: tuple[Fault, ...] = (
    Fault("connection refused", "refuse count=2", Known.NOT_DONE),
    *_twice("connection reset", "reset-{} count=1"),
    *_twice("no answer within the time-out", "stall-{} seconds=40 count=1"),
    Fault(
        "no answer within the time-out, the effect comes after it",
        "late seconds=25 count=1",
        Known.UNKNOWN,
        effect=True,
        late=True,
    ),
    *_twice(
        "connection closed after 30 s without an answer",
        "close-{} seconds=30 count=1",
        timeout="45s",
    ),
    Fault("400 “Not Found”", "400 count=1", Known.REFUSED),
    Fault("401", "401 count=1", Known.NOT_DONE, first=_PROBED),
    Fault("403", "403 count=1", Known.REFUSED),
    Fault("404", "404 count=1", Known.REFUSED),
    Fault(
        "429 as text, without a header",
        "429 count=2",
        Known.NOT_DONE,
        first=_THROTTLED.format("1 s, 2 s, 4 s …"),
    ),
    Fault(
        "429 with Retry-After in seconds",
        f"429-seconds seconds={HELD_S} count=1",
        Known.NOT_DONE,
        first=_AS_ASKED,
    ),
    Fault(
        "429 with Retry-After as a date",
        f"429-date seconds={HELD_S} count=1",
        Known.NOT_DONE,
        first=_AS_ASKED,
    ),
    *_twice("500", "500-{} count=1"),
    *_twice("502", "502-{} count=1"),
    *_twice("503", "503-{} count=1"),
    *_twice("504", "504-{} count=1"),
    *_twice("200 with a page of HTML", "html-{} count=1", answered="page"),
    _damaged("200 with JSON cut in half", "truncated count=1", "half"),
    _damaged("200 with fields of wrong types", "wrong-types count=1", "shape"),
    _damaged("200 without a body", "empty count=1", "none"),
)


class Nature(StrEnum):
    """What kind of call it is."""

    SEND = "a message to the customer; read back where its fate is unknown"
    UPLOAD = "a file that goes with a message; nobody sees it before that is sent"
    WRITE = "doing it twice is as doing it once; simply tried again"
    NOTE = "nobody can look whether it is there; held for a person where its fate is unknown"
    READ = "changes nothing; simply asked again"


@dataclass(frozen=True, slots=True)
class Call:
    """One call the worker makes, and the story in which it makes it.

    Args:
        endpoint: the sandbox's name of it, which faults are played on.
        do: what the one rule does.
        effect: the journal's kind of entry that shows what took effect.
        seen: what people see once it is done.
        starts: what makes the rule act: a `message` in a known conversation, a new `conversation`,
            a message in an unannounced `stranger`'s, one much `later` than its contact was read,
            one whose answer needs a `read-back`.
        speaks: bodies in which the answer must come to count as done; None: its own document.
        compares: what is already so is not written again.
        instead: of a read that is refused for good: what the worker does.
    """

    name: str
    endpoint: str
    nature: Nature
    do: str = "reply: Our price list"
    effect: str = "send"
    seen: str = "the answer, once"
    starts: str = "message"
    speaks: frozenset[str] | None = None
    bodiless: bool = False
    compares: bool = False
    instead: str = "asks again at the next poll"
    faults_too: tuple[str, ...] = ()
    switches: Switches = field(default_factory=Switches)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rule(self) -> str:
        """`when` and `do` of the one rule."""
        when = "notification.created" if self.starts == "conversation" else "message.received"
        return f"when: {when}\n    do: [{{ {self.do} }}]"


_JSON = frozenset({"shape"})
_ANY = _JSON | {"none"}
_NO_LIST = Switches(team_list=False)
_NO_SEARCH = ("search_conversations: 404",)

CALLS: tuple[Call, ...] = (
    Call("send a text", "send_message", Nature.SEND),
    Call(
        "send a menu",
        "send_message",
        Nature.SEND,
        do="reply: {text: Choose, menu: main, quick_replies: [Prices, Hours]}",
        seen="the menu, once",
    ),
    Call(
        "send an image by its URL",
        "send_message",
        Nature.SEND,
        do="reply: {image: 'https://example.com/map.png', caption: Here}",
        seen="the image, once",
    ),
    Call(
        "upload a file",
        "upload_message_file",
        Nature.UPLOAD,
        do="reply: {image: map.png, caption: Here}",
        seen="the image, once",
    ),
    Call(
        "update a contact",
        "update_contact",
        Nature.WRITE,
        do="update_contact: {fields: {remark: asked}}",
        effect="update_contact",
        seen="the contact has the new value",
        compares=True,
    ),
    Call(
        "mark a notification read",
        "read_notifications",
        Nature.WRITE,
        do="mark_read: true",
        effect="read",
        seen="the notification is read",
        starts="conversation",
        speaks=_ANY,
        bodiless=True,
    ),
    Call(
        "dismiss a notification",
        "dismiss_notifications",
        Nature.WRITE,
        do="dismiss: true",
        effect="dismiss",
        seen="the notification is out of the list",
        starts="conversation",
        speaks=_ANY,
        bodiless=True,
    ),
    Call(
        "dismiss all notifications",
        "dismiss_all",
        Nature.WRITE,
        do="dismiss: {all: true}",
        effect="dismiss_all",
        seen="the list of notifications is empty",
        speaks=_ANY,
        bodiless=True,
    ),
    Call(
        "join a conversation",
        "join",
        Nature.WRITE,
        do="join: true",
        effect="join",
        seen="the worker's account is in the conversation",
        speaks=_ANY,
    ),
    Call(
        "leave a conversation",
        "leave",
        Nature.WRITE,
        do="leave: true",
        effect="leave",
        seen="the worker's account is out of the conversation",
        speaks=_ANY,
    ),
    Call(
        "set a conversation's status",
        "update_status",
        Nature.WRITE,
        do="close: true",
        effect="status",
        seen="the conversation is closed",
        speaks=_ANY,
    ),
    Call(
        "assign a conversation",
        "assign",
        Nature.WRITE,
        do="assign: {team: t_imbrace_default_team, user: AGENT}",
        effect="assign",
        seen="the conversation is the agent's",
        speaks=_ANY,
    ),
    Call(
        "write a note",
        "add_comment",
        Nature.NOTE,
        do="note: Asked for prices",
        effect="comment",
        seen="colleagues see the note, once",
        speaks=_JSON,
    ),
    Call(
        "list conversations",
        "list_conversations",
        Nature.READ,
        instead="takes the next way the account has: search, then each conversation by itself",
    ),
    Call(
        "list a conversation's messages",
        "list_messages",
        Nature.READ,
        instead="asks again at the next poll; with an API token reads below /3rd meanwhile",
    ),
    Call(
        "list notifications",
        "list_notifications",
        Nature.READ,
        do="dismiss: true",
        effect="dismiss",
        seen="the notification is out of the list",
        starts="conversation",
    ),
    Call(
        "list contacts",
        "list_contacts",
        Nature.READ,
        starts="stranger",
        faults_too=_NO_SEARCH,
        switches=_NO_LIST,
    ),
    Call(
        "read a contact",
        "get_contact",
        Nature.READ,
        instead="decides without the contact's record; conditions on it are undecided",
        starts="later",
    ),
    Call(
        "read a conversation",
        "get_conversation",
        Nature.READ,
        do="reply: {text: Our price list, delay: 27s}",
        instead="finds it among its contact's conversations",
        settings={"poll_messages": "60s"},
    ),
    Call(
        "list a contact's conversations",
        "contact_conversations",
        Nature.READ,
        instead="asks for the new contact's conversations again after 5 s, 30 s, 2 min and 10 min",
        starts="stranger",
        faults_too=_NO_SEARCH,
        switches=_NO_LIST,
    ),
    Call(
        "list messages below /3rd",
        "third_messages",
        Nature.READ,
        faults_too=("list_messages: 403",),
        settings={"api_token": "API_TOKEN"},
    ),
    Call(
        "read a conversation back after a send of unknown fate",
        "list_messages",
        Nature.READ,
        starts="read-back",
        faults_too=("send_message: close-after seconds=5 count=1",),
        instead="looks again; nothing is sent before a look succeeds",
    ),
)


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of a call on which a fault was played.

    Args:
        effects: how often it took effect at the platform.
        does, seen: in words; `seen` by people.
    """

    state: IntentState
    effects: int
    does: str
    seen: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One call, one fault, one result."""

    call: Call
    fault: Fault
    result: Result

    @property
    def name(self) -> str:
        """What a test report shows."""
        return f"{self.call.name}: {self.fault.name}"


def cells() -> Iterator[Cell]:
    """Every cell, call by call."""
    for call in CALLS:
        for fault in FAULTS:
            result = _result(call, fault)
            if result is not None:
                yield Cell(call, fault, result)


def _result(call: Call, fault: Fault) -> Result | None:
    """None where the fault cannot be told from a good answer, or from another fault."""
    if call.nature is Nature.READ:
        # of a read, before and after are one; a late answer is none
        after = fault.effect is True and not fault.answered
        return None if after else _read(call, fault)
    if call.bodiless and fault.answered in {"half", "shape", "none"}:
        return None  # there is no body to damage
    if fault.known is Known.REFUSED:
        does = "gives up: the action is dead, and shown to people"
        return Result(IntentState.DEAD, 0, does, "nothing")
    if fault.known is Known.NOT_DONE:
        return Result(IntentState.DONE, 1, f"{fault.first}; then tries again", call.seen)
    if call.speaks is not None and fault.answered in call.speaks:
        return Result(IntentState.DONE, 1, "takes the answer for a yes", call.seen)
    return _UNKNOWN[call.nature](call, fault)


def _read(call: Call, fault: Fault) -> Result:
    does = f"{fault.first}; then asks again"
    if fault.known is Known.REFUSED:
        does = call.instead
    elif fault.answered == "shape":
        does = "leaves such rows out, counts them, and asks again"
    elif fault.answered:
        does = "believes nothing of it, and asks again"
    return Result(IntentState.DONE, 1, does, call.seen)


def _sent(call: Call, fault: Fault) -> Result:
    does = "reads the conversation back and finds the message"
    if not fault.effect:
        does = "reads the conversation back, misses the message, sends it again"
    return Result(IntentState.DONE, 1, does, call.seen)


def _uploaded(call: Call, fault: Fault) -> Result:
    return Result(IntentState.DONE, 1, f"{fault.first}; then uploads it again", call.seen)


def _written(call: Call, fault: Fault) -> Result:
    if call.compares:
        effects = 2 if fault.late else 1
        does = f"{fault.first}; then reads, and writes only what is not yet so"
        return Result(IntentState.DONE, effects, does, call.seen)
    effects = 2 if fault.effect else 1
    return Result(IntentState.DONE, effects, f"{fault.first}; then does it again", call.seen)


def _noted(_call: Call, fault: Fault) -> Result:
    does = "holds the action in doubt for a person; never writes it again by itself"
    seen = "colleagues see the note, once" if fault.effect else "nothing, until a person decides"
    return Result(IntentState.IN_DOUBT, 1 if fault.effect else 0, does, seen)


_UNKNOWN = {
    Nature.SEND: _sent,
    Nature.UPLOAD: _uploaded,
    Nature.WRITE: _written,
    Nature.NOTE: _noted,
}

_HEAD = """\
# When a call fails

What the worker does when a call to the platform fails, and what people see then. Each line below
is played against the sandbox by `tests/scenarios/test_fault_matrix.py`, one test for each fault of
each call; the table is in `tests/fault_matrix.py`, and `./dev docs` makes this page from it.

Three things can be known of a failed call. **Certainly not done**: no connection was made, or the
platform refused it (4xx). **Done**: a good answer came. **Unknown**: everything else, a time-out,
a lost connection, a 5xx, or an answer that cannot be read. Only what is certainly not done, or
harmless to repeat, is tried again without looking.

"Ends as" is the action's state at last: `done`; `dead`, which people see in `worker actions` and
may try again; `in_doubt`, which people must decide.

"Effects" is how often the platform took it in. It is two only where the second changes nothing.
"""


def document() -> str:
    """`docs/faults.md`."""
    parts = [_HEAD]
    every = list(cells())
    for nature, of_nature in groupby(CALLS, key=lambda call: call.nature):
        parts.append(f"## {_TITLES[nature]}\n\nA call of this kind: {nature.value}.\n")
        parts += [
            _section(call, [cell for cell in every if cell.call is call]) for call in of_nature
        ]
    return "\n".join(parts)


_TITLES = {
    Nature.SEND: "Messages",
    Nature.UPLOAD: "Files",
    Nature.WRITE: "Writes that may be repeated",
    Nature.NOTE: "Notes",
    Nature.READ: "Reads",
}


def _section(call: Call, mine: list[Cell]) -> str:
    rows: dict[tuple[str, str, int, str], list[Fault]] = {}
    for cell in mine:
        result = cell.result
        key = (result.does, result.state.value, result.effects, result.seen)
        rows.setdefault(key, []).append(cell.fault)
    lines = [
        f"### {call.name[0].upper()}{call.name[1:]}",
        "",
        "| what happens | the worker | ends as | effects | people see |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {_named(faults, call)} | {does} | `{state}` | {effects} | {seen} |"
        for (does, state, effects, seen), faults in rows.items()
    ]
    return "\n".join(lines) + "\n"


def _named(faults: list[Fault], call: Call) -> str:
    """The faults in one cell, those before and those after the effect together."""
    told: dict[str, list[str]] = {}
    for fault in faults:
        name, _, when = fault.name.partition(_WHEN)
        when = "" if call.nature is Nature.READ else when
        names = told.setdefault(when, [])
        if name not in names:
            names.append(name)
    return "; ".join(
        f"**{when} the effect:** {', '.join(names)}" if when else ", ".join(names)
        for when, names in told.items()
    )


if __name__ == "__main__":
    sys.stdout.write(document())
