"""Webhooks: posts to addresses that rule files name, never into the network the worker stands in.

Addresses are checked when a name is resolved, each time, by the resolver that the connection itself
uses: what was checked is what is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from worker.errors import Fault, GatewayError, TookEffect

OK_FAMILY = 2
SERVER_FAMILY = 5

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedAddressError(OSError):
    """The name resolves to an address that webhooks may not reach."""


def may_reach(address: str, host: str, allowed: Sequence[str]) -> bool:
    """A webhook to `host` may connect to `address`: public, or allowed by host name or network."""
    try:
        ip: Address = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    public = ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
    return public or any(_allows(entry, ip, host) for entry in allowed)


def _allows(entry: str, ip: Address, host: str) -> bool:
    try:
        return ip in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return entry.casefold() == host.casefold()


class _Resolver(AbstractResolver):
    """Resolves names as usual, and gives only addresses that may be reached."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._inner = ThreadedResolver()
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        usable = [one for one in found if may_reach(one["host"], host, self._allowed)]
        if not usable:
            raise RefusedAddressError(host)
        return usable

    async def close(self) -> None:
        await self._inner.close()


class Poster:
    """Posts for webhooks."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = tuple(str(one) for one in allowed)
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> None:
        """The address answered 2xx.

        Raises:
            GatewayError: `REJECTED` for a refused address and every answer that asking again
                would not change (not 408, 429, 5xx).
        """
        host = urlsplit(url).hostname or ""
        if _is_literal(host) and not may_reach(host, host, self._allowed):
            raise _refused(host)
        try:
            async with self._open().post(
                url,
                data=body,
                headers=dict(headers),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout_s),
            ) as answer:
                status = answer.status
        except TimeoutError:
            raise GatewayError(
                Fault.TIMEOUT,
                f"{host} did not answer in {timeout_s:g} s",
                took_effect=TookEffect.MAYBE,
            ) from None
        except aiohttp.ClientConnectorError as error:
            if RefusedAddressError in (type(error.os_error), type(error.__cause__)):
                raise _refused(host) from None
            raise GatewayError(
                Fault.REFUSED, f"no connection to {host}", took_effect=TookEffect.NO
            ) from None
        except aiohttp.InvalidURL:
            raise GatewayError(
                Fault.REJECTED, f"{host}: the address is not one", took_effect=TookEffect.NO
            ) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise GatewayError(
                Fault.DISCONNECTED,
                f"{host}: {type(error).__name__}",
                took_effect=TookEffect.MAYBE,
            ) from None
        _judge(host, status)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # one connection each: a kept one would be used past the check of its address
            connector = aiohttp.TCPConnector(
                resolver=_Resolver(self._allowed), use_dns_cache=False, force_close=True
            )
            self._session = aiohttp.ClientSession(connector=connector, trust_env=False)
        return self._session

    async def close(self) -> None:
        """Connections are closed."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return False
    return True


def _refused(host: str) -> GatewayError:
    return GatewayError(
        Fault.REJECTED,
        f"{host} is a private address; WORKER_WEBHOOK_ALLOW may name it",
        took_effect=TookEffect.NO,
    )


def _judge(host: str, status: int) -> None:
    if status // 100 == OK_FAMILY:
        return
    passing = status in (408, 429) or status // 100 == SERVER_FAMILY
    raise GatewayError(
        Fault.SERVER if passing else Fault.REJECTED,
        f"{host} answered {status}",
        took_effect=TookEffect.MAYBE if passing else TookEffect.NO,
        status=status,
    )
