"""The conversation list: which spelling of it this account has, and its pages.

Source: facts §7.6 (the list and the search), §1 (spellings), §2 (repeated pages).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from worker.clock import Clock
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace.answers import Listing
from worker.gateways.imbrace.client import ImbraceClient
from worker.gateways.imbrace.shelf import Shelf
from worker.gateways.imbrace.wire import ConversationRow

RECHECK_S: Final = 900.0
"""A platform that is upgraded gets its list used within a quarter of an hour."""

MISSING: Final = frozenset({Fault.UNSUPPORTED, Fault.ABSENT, Fault.REJECTED, Fault.UNREADABLE})
"""Faults that say of an endpoint that it is not there for us, rather than that it is down."""

_FEWEST_JUDGED: Final = 3
_PAGES_S: Final = 60.0  # the pages of one reading follow each other faster

_SEARCH: Final = "_search"
_BACKEND_V2: Final = "/v2/backend"


class ConversationLists:
    """Asks the list that works, and remembers those that do not."""

    def __init__(self, client: ImbraceClient, clock: Clock) -> None:
        """Nothing was tried yet."""
        self._client = client
        self._missing: Shelf[str, bool] = Shelf(clock, 8)
        self._current = ""

    async def page(self, business_unit_id: str, skip: int, limit: int) -> Listing[ConversationRow]:
        """Part of the list, last moved first.

        Raises:
            GatewayError: `UNSUPPORTED` where there is none; asked again only after a while.
        """
        if skip > 0 and self._current:
            return await self._ask(self._current, business_unit_id, skip, limit)
        first_error: GatewayError | None = None
        for route in self._routes():
            if self._missing.get(route):
                continue
            try:
                listing = await self._ask(route, business_unit_id, skip, limit)
            except GatewayError as error:
                if error.fault not in MISSING:
                    raise
                first_error = first_error or error
                if error.fault is not Fault.UNREADABLE:
                    self._missing.put(route, value=True, for_s=RECHECK_S)
            else:
                self._current = route
                return listing
        if first_error is not None and first_error.fault is Fault.UNREADABLE:
            raise first_error
        raise GatewayError(
            Fault.UNSUPPORTED,
            "conversations.list: this account has no conversation list",
            took_effect=TookEffect.NO,
        )

    def _routes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self._client.prefix.v2, _BACKEND_V2, _SEARCH)))

    async def _ask(self, route: str, unit: str, skip: int, limit: int) -> Listing[ConversationRow]:
        if route == _SEARCH:
            return await self._client.search_team_conversations(unit, "", skip, limit)
        return await self._client.list_team_conversations(unit, skip, limit, route)


class Pages:
    """Stops lists whose server ignores `skip`: the same first row again is the first page again."""

    def __init__(self, clock: Clock) -> None:
        """No page was seen."""
        self._last: Shelf[str, tuple[int, str]] = Shelf(clock, 2000)

    def repeated(self, name: str, skip: int, ids: Sequence[str]) -> bool:
        """This page is the one before it once more.

        Short pages, and pages that overlap by more than half, are not judged: one new row at the
        top can show the same first row there.

        Args:
            name: of the list, one per conversation where it belongs to one.
            ids: of the page's rows.
        """
        last = self._last.get(name)
        if ids:
            self._last.put(name, (skip, ids[0]), _PAGES_S)
        if last is None or len(ids) < _FEWEST_JUDGED:
            return False
        return 2 * (skip - last[0]) > len(ids) and ids[0] == last[1]
