"""Receiving a file: its bytes go from the socket to the store while they are counted, digested and looked at."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID, uuid4

from core.errors import Invalid, PayloadTooLarge
from core.http import Disconnected, Request
from core.store import Store
from engine.run.attached import File
from formats.sniffing import HEAD, media_type
from resolvers.attachments import Content

_SMALL: Final = 65_536
"""Bytes that are digested on the loop; more are digested in a thread."""


class Receiving:
    """One file on its way."""

    def __init__(self, request: Request, expected: File, largest: int) -> None:
        self._request, self._expected = request, expected
        self._largest = largest if expected.size is None else min(largest, expected.size)
        self._digest = hashlib.sha256()
        self._head = b""
        self._size = 0

    async def store(self, store: Store, workspace_id: UUID) -> Content:
        """Stream it into the store; Invalid, PayloadTooLarge or Disconnected leaves nothing there."""
        length = self._request.header(b"content-length") or ""
        if length.isdecimal() and int(length) > self._largest:
            raise self._too_large()
        blob = f"{workspace_id}/{self._expected.id}/{uuid4().hex}"
        await store.put(blob, self._pieces())
        return Content(blob, self._size, self._digest.hexdigest(), media_type(self._head, self._size))

    async def _pieces(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            more, piece = message.get("more_body", False), message.get("body", b"")
            if piece:
                await self._take(piece)
                yield piece
        self._check()

    async def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._largest:
            raise self._too_large()
        if len(self._head) < HEAD:
            self._head += piece[: HEAD - len(self._head)]
        if len(piece) > _SMALL:
            await asyncio.to_thread(self._digest.update, piece)
        else:
            self._digest.update(piece)

    def _check(self) -> None:
        """Compare what came with what was said before."""
        expected = self._expected
        if expected.size is not None and self._size != expected.size:
            raise Invalid(f"size: {self._size:,} bytes came, and {expected.size:,} were announced", field="size")
        if not self._size:
            raise Invalid("size: the file is empty", field="size")
        if expected.sha256 is not None and self._digest.hexdigest() != expected.sha256:
            raise Invalid("sha256: what came has another digest than was announced", field="sha256")

    def _too_large(self) -> Exception:
        if self._expected.size is not None and self._largest == self._expected.size:
            return Invalid(f"size: more than the {self._largest:,} bytes that were announced", field="size")
        return PayloadTooLarge(f"The file is larger than {self._largest:,} bytes")
