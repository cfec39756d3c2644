"""Actions: one file a kind, one line a kind in the registry."""

from __future__ import annotations

from collections.abc import Mapping

from worker.actions.ask import AskAction
from worker.actions.assign import AssignAction
from worker.actions.choose import ChooseAction
from worker.actions.close import CloseAction
from worker.actions.dismiss import DismissAction
from worker.actions.hand_over import HandOverAction
from worker.actions.join import JoinAction
from worker.actions.leave import LeaveAction
from worker.actions.mark_read import MarkReadAction
from worker.actions.note import NoteAction
from worker.actions.part import ANY_ACTION, ActionPart, AnyStep, StepPart, Steps
from worker.actions.reopen import ReopenAction
from worker.actions.reply import ReplyAction
from worker.actions.stop import StopAction
from worker.actions.tag import TagAction
from worker.actions.update_contact import UpdateContactAction
from worker.actions.wait import WaitAction
from worker.actions.webhook import WebhookAction

ACTIONS: tuple[type[ActionPart], ...] = (
    ReplyAction,
    TagAction,
    UpdateContactAction,
    DismissAction,
    MarkReadAction,
    HandOverAction,
    AssignAction,
    CloseAction,
    ReopenAction,
    JoinAction,
    LeaveAction,
    NoteAction,
    AskAction,
    WaitAction,
    ChooseAction,
    WebhookAction,
    StopAction,
)

ANY_ACTION.open(ACTIONS)

ACTIONS_BY_KIND: Mapping[str, type[ActionPart]] = {action.key: action for action in ACTIONS}

__all__ = ["ACTIONS", "ACTIONS_BY_KIND", "ActionPart", "AnyStep", "StepPart", "Steps"]
