"""Sending one request to a customer's URL: to an address that was checked, and to no other, in bounded time and space.

The name is resolved anew at each try, the connection goes to the very address that passed, and its certificate must be
for the name. No redirect is followed, no proxy of the environment is used, no connection is kept for another name.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

import httpx

from core.outbound import Address, literal, read_url, refusal
from core.settings import Network

LARGEST_KEPT: Final = 16_384
"""Bytes of an answer that are read; the rest is not waited for."""
_MOST_ADDRESSES: Final = 4
_MOST_HEADERS: Final = 50
_LONGEST_HEADER: Final = 500


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


class Sender:
    """Sends; `allow` are networks that may be reached besides the public Internet, `timeout` is in seconds."""

    def __init__(self, allow: Sequence[Network], timeout: float) -> None:
        self._allow = allow
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None, limits=limits)  # noqa: S113  # `post` bounds the whole
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """POST a body; whatever goes wrong is in the reply."""
        began = time.monotonic()
        seen: list[str] = []
        found = Reply(error="no answer")
        try:
            async with asyncio.timeout(self._timeout):
                found = await self._post(url, headers, body, seen)
        except TimeoutError:
            found = Reply(error=f"no answer within {self._timeout:g} s")
        except Refused as error:
            found = Reply(error=f"refused: {error}")
        except (httpx.HTTPError, OSError) as error:
            found = Reply(error=f"{type(error).__name__}: {error}"[:_LONGEST_HEADER])
        return Reply(
            status=found.status,
            error=found.error,
            address=seen[-1] if seen else None,
            headers=found.headers,
            body=found.body,
            seconds=time.monotonic() - began,
        )

    async def _post(self, text: str, headers: Mapping[str, str], body: bytes, seen: list[str]) -> Reply:
        try:
            url = read_url(text, self._allow)
        except ValueError as error:
            raise Refused(str(error)) from error
        failed: Exception | None = None
        for address in await self._addresses(url):
            seen.append(str(address))
            try:
                return await self._post_to(address, url, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        assert failed is not None
        raise failed

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        """Resolve a host and return those of its addresses that may be reached; Refused when there is none."""
        port = url.port or (443 if url.scheme == "https" else 80)
        host = url.raw_host.decode("ascii")
        known = literal(host)
        found = [known] if known else await _resolve(host, port)
        reasons = {each: refusal(each, secure=url.scheme == "https", allow=self._allow) for each in found}
        good = [address for address, reason in reasons.items() if reason is None]
        if not good:
            raise Refused(next(iter(reasons.values()), None) or "the name has no address")
        return good[:_MOST_ADDRESSES]

    async def _post_to(self, address: Address, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Reply:
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            content=body,
            headers={
                "Host": url.netloc.decode("ascii"),
                "Accept-Encoding": "identity",
                "Connection": "close",
                **headers,
            },
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        response = await self._client.send(request, stream=True)
        try:
            peer = response.extensions["network_stream"].get_extra_info("server_addr")
            if ip_address(peer[0].partition("%")[0]) != address:
                raise Refused(f"connected to {peer[0]} instead of {address}")
            kept = await _read(response)
            return Reply(status=response.status_code, headers=dict(_shown(response.headers)), body=kept)
        finally:
            await response.aclose()


async def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(f"the name does not resolve: {error}") from error
    return [ip_address(str(each[4][0])) for each in found]


async def _read(response: httpx.Response) -> str:
    kept = bytearray()
    async for piece in response.aiter_raw():
        kept += piece
        if len(kept) >= LARGEST_KEPT:
            break
    return kept[:LARGEST_KEPT].decode(errors="replace").replace("\0", "\ufffd")


def _shown(headers: httpx.Headers) -> Iterator[tuple[str, str]]:
    for name, value in list(headers.items())[:_MOST_HEADERS]:
        yield name[:_LONGEST_HEADER], value[:_LONGEST_HEADER].replace("\0", "\ufffd")
