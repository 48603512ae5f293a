"""A plain client of server-sent events: it sees every event as it comes, comments left out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

LONG = 20.0


@dataclass(frozen=True)
class Event:
    """One event: its name, its `id`, its data."""

    name: str
    id: str | None
    text: str

    @property
    def data(self) -> Any:
        return orjson.loads(self.text)


class Events:
    """One operation of a server at `url` by SSE, opened when entered; `response` is what it answered."""

    def __init__(self, url: str, key: str | None, query: str, variables: Any = None, **headers: str) -> None:
        shown = {} if key is None else {"authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(base_url=url, timeout=LONG)
        body = {"query": query, "variables": variables or {}}
        given = {"accept": "text/event-stream", **shown} | {name.replace("_", "-"): headers[name] for name in headers}
        self._request = self._http.build_request("POST", "/graphql", json=body, headers=given)
        self.response: httpx.Response
        self._lines: AsyncIterator[str]

    async def __aenter__(self) -> Self:
        self.response = await self._http.send(self._request, stream=True)
        self._lines = _lines(self.response)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.response.aclose()
        await self._http.aclose()

    async def next(self, within: float = LONG) -> Event | None:
        """The next event; None when the stream ends."""
        found: dict[str, str] = {}
        async with asyncio.timeout(within):
            async for line in self._lines:
                if not line and "event" in found:
                    return Event(found["event"], found.get("id"), found.get("data", ""))
                name, _, value = line.partition(":")
                if name:
                    found[name] = value.removeprefix(" ")
        return None


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    """The lines of a stream, parted by line feeds only: other breaks stand inside texts."""
    rest = b""
    async for piece in response.aiter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.decode()
