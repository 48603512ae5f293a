"""Sending one request to a customer's URL: to an address that was checked, and to no other, in bounded time and space.

The name is resolved anew at each try, the connection goes to the very address that passed, and its certificate must be
for the name. No redirect is followed, no proxy of the environment is used, no connection is kept for another name.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

import httpx

from core.outbound import Address, literal, read_url, refusal
from core.setting_values import Network
from jobs.names import Names

LARGEST_KEPT: Final = 16_384
"""Bytes of an answer that are read; the rest is not waited for."""
_THREADS: Final = 64
"""Names that are resolved at a time."""
_MAX_ADDRESSES: Final = 4
_MAX_HEADERS: Final = 50
_LONGEST_HEADER: Final = 500
LONGEST_ERROR: Final = 500
"""Characters kept of why a try failed."""


class Refused(Exception):
    """Nothing may be sent there; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one try: a status, or the reason there is none; `seconds` is how long it took."""

    status: int | None = None
    error: str | None = None
    address: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    seconds: float = 0.0

    @property
    def arrived(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  # 2xx


@dataclass(slots=True)
class _Heard:
    """What is known of a try so far, kept when it breaks off."""

    address: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    def reply(self, error: str | None, seconds: float) -> Reply:
        """Make the reply; an answer without a status has no body either."""
        body = (
            None if self.status is None else self.body[:LARGEST_KEPT].decode(errors="replace").replace("\0", "\ufffd")
        )
        return Reply(
            status=self.status,
            error=error,
            address=self.address,
            headers=self.headers,
            body=body,
            seconds=seconds,
        )


class Sender:
    """Sends; `allow` are networks that may be reached besides the public Internet, `timeout` is in seconds."""

    def __init__(self, allow: Sequence[Network], timeout: float) -> None:
        self._allow = allow
        self.timeout = timeout

    async def __aenter__(self) -> Self:
        # No httpx.AsyncClient: it raises for a `Location` it cannot read, and it would send one customer's cookies
        # to the next one whose endpoint has the same address.
        self._transport = httpx.AsyncHTTPTransport(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
        # Resolving blocks a thread, as long as a name server hangs: what is quick must not wait for such a thread.
        self._quick, self._slow = Names(_THREADS), Names(_THREADS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, hurried: bool = True) -> Reply:
        """POST a body; what goes wrong on the network is in the reply.

        `hurried` is for receivers that are not known to be slow: their names are resolved by threads of their own.
        When the head of an answer came, its status counts, whatever becomes of its body.
        """
        began = time.monotonic()
        heard, error = _Heard(), None
        try:
            async with asyncio.timeout(self.timeout):
                await self._post(url, headers, body, heard, self._quick if hurried else self._slow)
        except TimeoutError:
            error = f"no answer within {self.timeout:g} s"
        except Refused as refused:
            error = f"refused: {refused}"
        except (httpx.HTTPError, OSError) as failure:
            error = f"{type(failure).__name__}: {failure}"[:LONGEST_ERROR]
        if error is not None and heard.status is not None:
            error = f"the answer's body was not read whole: {error}"
        return heard.reply(error, time.monotonic() - began)

    async def _post(self, text: str, headers: Mapping[str, str], body: bytes, heard: _Heard, names: Names) -> None:
        try:
            url = read_url(text, self._allow)
        except ValueError as error:
            raise Refused(str(error)) from error
        failed: Exception | None = None
        for address in await self._addresses(url, names):
            heard.address = str(address)
            try:
                return await self._post_to(address, url, headers, body, heard)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        assert failed is not None
        raise failed

    async def _addresses(self, url: httpx.URL, names: Names) -> list[Address]:
        """Resolve a host and return those of its addresses that may be reached; Refused when there is none."""
        port = url.port or (443 if url.scheme == "https" else 80)
        host = url.raw_host.decode("ascii")
        known = literal(host)
        found = [known] if known else await _resolve(host, port, names)
        reasons = {each: refusal(each, secure=url.scheme == "https", allow=self._allow) for each in found}
        good = [address for address, reason in reasons.items() if reason is None]
        if not good:
            raise Refused(next(iter(reasons.values()), None) or "the name has no address")
        return good[:_MAX_ADDRESSES]

    async def _post_to(
        self, address: Address, url: httpx.URL, headers: Mapping[str, str], body: bytes, heard: _Heard
    ) -> None:
        host = url.raw_host.decode("ascii")
        request = httpx.Request(
            "POST",
            url.copy_with(host=str(address)),
            content=body,
            headers={
                "Host": url.netloc.decode("ascii"),
                "Accept-Encoding": "identity",
                "Connection": "close",
                **headers,
            },
            extensions={"sni_hostname": str(literal(host) or host)},
        )
        response = await self._transport.handle_async_request(request)
        try:
            peer = response.extensions["network_stream"].get_extra_info("server_addr")
            # Unknown when the receiver has hung up already; the connection went to the checked address in any case.
            if peer is not None and ip_address(peer[0].partition("%")[0]) != address:
                raise Refused(f"connected to {peer[0]} instead of {address}")
            heard.status, heard.headers = response.status_code, dict(_shown(response.headers))
            async for piece in response.aiter_raw():
                heard.body += piece
                if len(heard.body) >= LARGEST_KEPT:
                    break
        finally:
            await response.aclose()


async def _resolve(host: str, port: int, names: Names) -> list[Address]:
    try:
        found = await names.resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise Refused(f"the name does not resolve: {error}") from error
    return [ip_address(str(each[4][0])) for each in found]


def _shown(headers: httpx.Headers) -> Iterator[tuple[str, str]]:
    for name, value in list(headers.items())[:_MAX_HEADERS]:
        yield name[:_LONGEST_HEADER], value[:_LONGEST_HEADER]
