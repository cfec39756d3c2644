"""Events that are recorded and that no rule is asked about: what is said of each."""

from __future__ import annotations

from worker.model.chat import Sender
from worker.model.event import Event
from worker.model.verdict import Reason, Trace

BACKLOG = Trace(note=f"{Reason.BACKLOG.value}: it was there before the worker first started")
_OURS = Trace(note=f"{Reason.OWN_MESSAGE.value}: this worker sent it")
_WRITTEN_BY = {
    Sender.TEAM: Trace(note=f"{Reason.OWN_MESSAGE.value}: a colleague wrote it"),
    Sender.BOT: Trace(note=f"{Reason.OWN_MESSAGE.value}: another bot wrote it"),
}
_NOBODY = Trace(note=f"{Reason.OWN_MESSAGE.value}: it has no author, so no customer wrote it")


def trace_aside(event: Event) -> Trace | None:
    """The trace of an event that no rule is asked about; None: rules are asked."""
    reason = event.set_aside
    if reason is None:
        return None
    if reason is Reason.BACKLOG or event.message is None:
        return BACKLOG
    return _OURS if event.ours else _WRITTEN_BY.get(event.message.sender, _NOBODY)
