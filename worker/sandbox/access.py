"""Credentials: whose token it is, and the 401 of each path family. Source: facts §2."""

from __future__ import annotations

from worker.model.http import Request
from worker.sandbox.call import Caller, Kind, Refusal
from worker.sandbox.world import World

PEOPLE = frozenset({Kind.USER, Kind.API})
ANYONE = frozenset({Kind.USER, Kind.API, Kind.CONTACT, Kind.CHANNEL})
WIDGET = frozenset({Kind.USER, Kind.API, Kind.CONTACT})
THIRD = frozenset({Kind.THIRD})


def identify(world: World, request: Request, allowed: frozenset[Kind], request_id: str) -> Caller:
    """Who asks.

    Raises:
        Refusal: 401, in the words of the path's family and of the generation.
    """
    headers = request.headers
    token = headers.get("x-access-token", "")
    if allowed is THIRD:
        return _third_party(world, token)
    key = headers.get("x-api-key", "")
    if key:  # Source: facts §2: x-api-key is looked at first
        if key != world.api_token:
            body = {"error": "Unauthorized", "message": "Invalid API key", "request_id": request_id}
            raise Refusal(401, body)
        caller = Caller(Kind.API, "api")
    elif token:
        caller = _bearer_of(world, token)
    elif headers.get("authorization", ""):
        raise Refusal(401, {"message": "Unauthorized - Invalid JWT"})
    else:
        raise Refusal(401, {"message": "Unauthorized - API key or Access Token required"})
    if caller.kind not in allowed:
        raise _unauthorized(world)
    return caller


def _third_party(world: World, token: str) -> Caller:
    if not token:
        raise Refusal(401, {"message": "Unauthorized - missing x-access-token"})
    if token != world.api_token:
        raise Refusal(401, {"message": "Unauthorized - Invalid third party token"})
    return Caller(Kind.THIRD, "api")


def _bearer_of(world: World, token: str) -> Caller:
    user_id = world.tokens.get(token)
    if user_id is not None:
        return Caller(Kind.USER, user_id)
    if token in world.contacts:
        return Caller(Kind.CONTACT, token)
    if token in world.channels.values():
        return Caller(Kind.CHANNEL, token)
    raise _unauthorized(world)


def _unauthorized(world: World) -> Refusal:
    if world.generation == "v2":
        return Refusal(401, {"message": "Unauthorized - Invalid token"})
    return Refusal(401, {"code": 40001, "message": "Unauthorized"})
