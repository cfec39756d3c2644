"""Each cell of the fault matrix: the whole worker, one call, one fault, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from tests.fault_matrix import HELD_S, Call, Cell, cells
from tests.virtual_worker import Place, play
from worker.model.action import Intent, IntentState
from worker.runtime.gather import CONTACT_FRESH_S
from worker.sandbox.faults import parse_fault

CELLS = tuple(cells())
LONGEST_S = 400.0
"""A probe each 30 s after a 401, and a few time-outs, need less."""

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("cell", CELLS, ids=[cell.name for cell in CELLS])
def test_the_fault_has_the_promised_result(tmp_path: Path, cell: Cell) -> None:
    """The page that tells operators what happens would be a wish."""
    (tmp_path / "map.png").write_bytes(PNG)

    rules = f"rules:\n  - id: one\n    settle: 0s\n    {cell.call.rule}\n"
    play(rules, partial(_played, cell=cell), tmp_path, switches=cell.call.switches)


async def _played(place: Place, cell: Cell) -> None:
    call, gateway = cell.call, place.gateway
    settings = {"poll_messages": "5s", "poll_notifications": "10s", **call.settings}
    if "api_token" in settings:
        settings["api_token"] = gateway.api_token
    for text in call.faults_too:
        if call.starts != "read-back":
            gateway.faults.add(text)
    async with place.worker(request_timeout=cell.fault.timeout, **settings):
        who = await _begun(place, cell)
        intent = await _settled(place)
        # a late second message, or one that a person's retry would not explain, shows by now
        await place.passes(40)
    rule = str(parse_fault(_fault(cell)))
    assert gateway.faults.played()[rule], "the fault was never met: this proves nothing"
    effects = gateway.journal.entries(kind=call.effect)
    assert (intent.state, len(tuple(effects))) == (cell.result.state, cell.result.effects)
    assert len(gateway.stage.texts(who)) == (cell.result.effects if call.effect == "send" else 0)
    if cell.result.state is IntentState.DONE:
        assert _is_so(place, call, who)
    if cell.fault.text.startswith("429-"):
        _kept_away(place)


async def _begun(place: Place, cell: Cell) -> str:
    """The conversation in which the rule acts; the fault waits for the call."""
    stage, call = place.stage, cell.call
    if call.starts in {"conversation", "stranger"}:
        place.gateway.faults.add(_fault(cell))
        contact = stage.create_contact()
        who = stage.create_conversation(contact, notify=call.starts == "conversation")
        if call.starts == "stranger":
            stage.customer_says(who, "price?")
        return who
    who = place.conversation()
    await place.passes(CONTACT_FRESH_S + 10 if call.starts == "later" else 10)
    if call.starts != "read-back":
        place.gateway.faults.add(_fault(cell))
        stage.customer_says(who, "price?")
        return who
    for text in call.faults_too:
        place.gateway.faults.add(text)
    stage.customer_says(who, "price?")
    while not place.texts(who):
        await place.passes(0.5)
    place.gateway.faults.add(_fault(cell))
    return who


def _fault(cell: Cell) -> str:
    # polls read the same list: one fault would be theirs, and the read-back none
    text = cell.fault.text
    if cell.call.starts == "read-back":
        text = text.replace("count=1", "count=4").replace("count=2", "count=4")
    return f"{cell.call.endpoint}: {text}"


async def _settled(place: Place) -> Intent:
    """The one intent, once it needs nothing more of the worker."""
    for _ in range(int(LONGEST_S / 5)):
        await place.passes(5)
        found = place.intents
        if found and not any(one.state.open for one in found):
            assert len(found) == 1
            return found[0]
    pytest.fail("the action came to no end")


def _is_so(place: Place, call: Call, who: str) -> bool:
    """What the action wanted is so at the platform."""
    stage = place.stage
    told = stage.transcript(who)
    contact = stage.contact(place.gateway.world.conversations[who].contact_id)
    checks: Mapping[str, Callable[[], object]] = {
        "send": lambda: stage.texts(who) or told["messages"][-1]["type"] == "image",
        "update_contact": lambda: contact["remark"] == "asked",
        "read": lambda: all(row["is_read"] for row in stage.notifications()),
        "dismiss": lambda: not stage.notifications(),
        "dismiss_all": lambda: not stage.notifications(),
        "join": lambda: told["joined"] == [place.gateway.world.worker.id],
        "leave": lambda: not told["joined"],
        "status": lambda: place.gateway.world.conversations[who].status == "closed",
        "assign": lambda: told["assigned_to"] == place.gateway.world.agent.id,
        "comment": lambda: len(told["comments"]) == 1,
    }
    return bool(checks[call.effect]())


def _kept_away(place: Place) -> None:
    """After the 429 no call came before the time it asked for was over."""
    times = [at for at, _ in place.gateway.requests.times]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) >= HELD_S - 1.0  # a date is a whole second
