"""Playing and reading back over HTTP, below `/_sandbox/`; open, for the sandbox is a toy.

POST   play/NAME     arguments of a `Stage` method as a JSON object; answers {"result": …}
POST   faults        {"fault": TEXT}, the grammar of `faults`; DELETE clears all, GET counts them
POST   switches      {NAME: VALUE, …}, answers all switches
POST   outage        {"seconds": N}: the port goes away for N seconds; {}: the platform alone, until
DELETE outage        it is back
GET    state | conversations | conversations/ID | contacts/ID | notifications?recipient= | sends
GET    journal?after=SEQUENCE&kind=KIND&limit=N
GET    requests      counts by endpoint; DELETE forgets them
GET    (nothing)     this text, with every play and its arguments
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, ValidationError, validate_call

from worker.model.http import Request, Response
from worker.sandbox import documents
from worker.sandbox.faults import FaultError
from worker.sandbox.reply import JSON, encode
from worker.sandbox.stage import Stage, StageError

if TYPE_CHECKING:
    from worker.sandbox.gateway import SandboxGateway

TEXT = "text/plain; charset=utf-8"
PLAYS = (
    "create_contact",
    "create_conversation",
    "customer_says",
    "customer_sends",
    "customer_picks",
    "set_contact",
    "delete_contact",
    "add_agent",
    "agent_says",
    "bot_says",
    "publisher_says",
    "write",
    "agent_joins",
    "agent_leaves",
    "agent_assigns",
    "set_status",
    "set_mode",
    "notify",
    "set_clock",
    "replace_token",
    "revoke_token",
    "restore_token",
)
_PLAYS_SAID = """Plays. An argument with = may be left out.
`who` is the id of a contact or a conversation.
"""
_PAGE = 1000


class Control:
    """Answers for the paths below `/_sandbox/`."""

    def __init__(self, gateway: SandboxGateway) -> None:
        self._gateway = gateway
        self._answers: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "state"): self._state,
            ("GET", "journal"): self._journal,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._forget_requests,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "switches"): self._switch,
            ("POST", "outage"): self._go_down,
            ("DELETE", "outage"): self._come_back,
            ("GET", "conversations"): self._conversations,
            ("GET", "notifications"): self._notifications,
            ("GET", "sends"): self._sends,
        }

    def answer(self, request: Request) -> Response:
        """The control call is done; 400 says what is wrong with it, 404 that there is no such."""
        rest = request.path.removeprefix("/_sandbox/")
        if request.method == "GET" and not rest:
            return Response(200, {"content-type": TEXT}, self._explained().encode())
        try:
            found = self._found(request, rest)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            return _response(400, {"message": f"{rest}: {place}: {first['msg']}"})
        except (StageError, FaultError, ValueError) as error:
            return _response(400, {"message": str(error)})
        if found is None:
            return _response(404, {"message": f"no control {request.method} {request.path}"})
        return _response(200, found)

    @cached_property
    def _plays(self) -> Mapping[str, Callable[..., Any]]:
        """Made at the first need: in process nobody controls a sandbox over HTTP."""
        return {name: _checked(self._gateway.stage, name) for name in PLAYS}

    def _explained(self) -> str:
        """What can be asked here, for a person."""
        plays = []
        for name in PLAYS:
            method = getattr(self._gateway.stage, name)
            said = (method.__doc__ or "").strip().partition("\n")[0]
            plays.append(f"  {name}({', '.join(map(_written, _parameters(method)))})\n      {said}")
        return "\n".join((__doc__ or "", _PLAYS_SAID, *plays, ""))

    def _found(self, request: Request, rest: str) -> Any:
        known = self._answers.get((request.method, rest))
        if known is not None:
            return known(request)
        folder, _, name = rest.partition("/")
        if request.method == "POST" and folder == "play" and name in self._plays:
            return {"result": self._plays[name](**_arguments(request))}
        if request.method == "GET" and folder == "conversations":
            return self._gateway.stage.transcript(name)
        if request.method == "GET" and folder == "contacts":
            return self._gateway.stage.contact(name)
        return None

    def _state(self, _: Request) -> Any:
        world = self._gateway.world
        return {
            "generation": world.generation,
            "access_token": world.worker.token,
            "api_token": world.api_token,
            "user_id": world.worker.id,
            "agent_id": world.agent.id,
            "organization_id": world.organization_id,
            "business_unit_id": world.business_unit_id,
            "teams": sorted(world.teams),
            "channels": world.channels,
            "contacts": len(world.contacts),
            "conversations": len(world.conversations),
            "messages": len(world.messages),
            "down": self._gateway.down,
            "switches": asdict(world.switches),
        }

    def _journal(self, request: Request) -> Any:
        query = dict(request.query)
        limit = int(query.get("limit", _PAGE))
        entries: list[dict[str, Any]] = []
        journal = self._gateway.journal
        for entry in journal.entries(int(query.get("after", 0)), query.get("kind", "")):
            if len(entries) >= limit:
                break
            entries.append(asdict(entry))
        return {"entries": entries, "newest": len(journal)}

    def _requests(self, _: Request) -> Any:
        requests = self._gateway.requests
        return {
            "counts": dict(requests.counts),
            "total": requests.counts.total(),
            "busiest_minute": requests.busiest(),
        }

    def _forget_requests(self, _: Request) -> Any:
        self._gateway.requests.clear()
        return {}

    def _faults(self, _: Request) -> Any:
        return {"faults": self._gateway.faults.played()}

    def _add_fault(self, request: Request) -> Any:
        return {"fault": str(self._gateway.faults.add(str(_arguments(request).get("fault", ""))))}

    def _clear_faults(self, _: Request) -> Any:
        self._gateway.faults.clear()
        return {}

    def _switch(self, request: Request) -> Any:
        self._gateway.stage.set_switches(**_arguments(request))
        return asdict(self._gateway.switches)

    def _go_down(self, _: Request) -> Any:
        self._gateway.down = True
        return {"down": True}

    def _come_back(self, _: Request) -> Any:
        self._gateway.down = False
        return {"down": False}

    def _conversations(self, _: Request) -> Any:
        world = self._gateway.world
        return {
            "conversations": [
                documents.raw_conversation(world, record) | {"messages": len(record.messages)}
                for record in world.conversations.values()
            ]
        }

    def _notifications(self, request: Request) -> Any:
        recipient = dict(request.query).get("recipient", "")
        return {"notifications": self._gateway.stage.notifications(recipient)}

    def _sends(self, _: Request) -> Any:
        return {
            conversation: [documents.message(self._gateway.world, message) for message in messages]
            for conversation, messages in self._gateway.stage.sends().items()
        }


def _checked(stage: Stage, name: str) -> Callable[..., Any]:
    checked: Callable[..., Any] = validate_call(config=ConfigDict(strict=True))(
        getattr(stage, name)
    )
    return checked


def _parameters(method: Callable[..., Any]) -> Iterable[inspect.Parameter]:
    return inspect.signature(method).parameters.values()


def _written(parameter: inspect.Parameter) -> str:
    if parameter.default is inspect.Parameter.empty:
        return parameter.name
    return f"{parameter.name}={json.dumps(parameter.default, default=str)}"


def _arguments(request: Request) -> dict[str, Any]:
    given = request.body if request.has_body else {}
    if not isinstance(given, dict):
        raise StageError("the body must be a JSON object of arguments")
    return given


def _response(status: int, body: Any) -> Response:
    return Response(status, {"content-type": JSON}, encode(body))
