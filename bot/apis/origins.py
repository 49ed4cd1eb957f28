"""Where a call may go: to the origin that the operator set; by an address out of data only into the open internet."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

PORTS = {"http": 80, "https": 443}
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""All addresses of a name. Raises OSError."""


class AddressRefused(httpx.TransportError):
    """An address that no call may go to; the words say why. Nothing was sent."""


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: httpx.URL) -> "Origin":
        """The origin of an address. Raises AddressRefused when it has none that is spoken here."""
        if url.scheme not in PORTS or not url.host:
            raise AddressRefused("it is no http(s) address")
        return cls(url.scheme, url.host.lower(), url.port or PORTS[url.scheme])

    def has_in_it(self, other: "Origin") -> bool:
        """Is the other one this one, or (over the same scheme and its usual port) a subdomain of this one's name?"""
        below = other.host.endswith(f".{self.host}") and not self.host[-1].isdigit() and ":" not in self.host
        return other == self or (below and other.scheme == self.scheme and other.port == PORTS[other.scheme])


class OneOrigin(httpx.AsyncBaseTransport):
    """Lets calls out to one origin only, whatever their address says; its addresses may be private."""

    def __init__(self, inner: httpx.AsyncBaseTransport, url: str) -> None:
        self._inner = inner
        self._url = httpx.URL(url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer. Raises AddressRefused before anything is sent."""
        if Origin.of(request.url) != Origin.of(self._url):
            raise AddressRefused(f"it is set to {self._url.scheme}://{self._url.host} and goes nowhere else")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class OpenInternet(httpx.AsyncBaseTransport):
    """Lets calls out over HTTPS to public addresses, each of them checked and then connected to as it was checked."""

    def __init__(self, inner: httpx.AsyncBaseTransport, near: str = "", resolve: Resolve | None = None) -> None:
        self._inner = inner
        self._near = near
        self._resolve = resolve or addresses_of

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer. Raises AddressRefused before anything is sent."""
        url = request.url
        if url.userinfo:
            raise AddressRefused("it holds a user's name or password")
        origin = Origin.of(url)
        if self._near and Origin.of(httpx.URL(self._near)).has_in_it(origin):
            return await self._inner.handle_async_request(request)
        if (origin.scheme, origin.port) != ("https", 443):
            raise AddressRefused("it is not an https address on the usual port")
        try:
            found = await self._resolve(origin.host, origin.port)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"its name cannot be found: {error}", request=request) from error
        if not found or not all(map(is_public, found)):
            raise AddressRefused("it leads to an address that is not public")
        # The name is not looked up again: who answers for it could say otherwise the second time.
        pinned = httpx.Request(
            request.method,
            url.copy_with(host=found[0]),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": origin.host},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


async def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system finds them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(address: str) -> bool:
    """Is it an address of the open internet, also when another one is wrapped in it?"""
    try:
        there = ip_address(address)
    except ValueError:
        return False
    return all(
        each.is_global and not (each.is_multicast or each.is_reserved or getattr(each, "is_site_local", False))
        for each in unwrapped(there)
    )


def unwrapped(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """An address, or those of IPv4 that an IPv6 one stands for."""
    if isinstance(address, IPv4Address):
        return [address]
    inner = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    return [each for each in inner if each is not None] or [address]
