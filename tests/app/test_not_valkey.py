"""What answers at REDIS_URL may not be Valkey: its callers do without it, and nothing is left unheard."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.valkey import Valkey, ValkeyAway, pack

NOT_VALKEY = {
    "a web server": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "nothing at all": b"\r\n",
    "bytes": bytes(range(256)),
}


async def answering(answer: bytes) -> tuple[asyncio.Server, str]:
    """A server that says the same to whatever it is sent; returns it and its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4_096):
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"


async def asks(valkey: Valkey, times: int) -> None:
    for _ in range(times):
        await valkey.call(pack(b"PING"))
        await asyncio.sleep(0)


@pytest.mark.parametrize("name", NOT_VALKEY)
async def test_what_is_not_valkey_counts_as_away(name: str):
    unheard: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unheard.append(told))
    server, url = await answering(NOT_VALKEY[name])
    valkey = Valkey(url, patience=0.5)
    try:
        for _ in range(2):
            with pytest.raises(ValkeyAway):
                await valkey.call(pack(b"PING"))
    finally:
        await valkey.close()
        server.close()
    assert unheard == []


async def test_an_answer_that_nobody_asked_for_ends_the_connection():
    unheard: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unheard.append(told))
    server, url = await answering(b"+OK\r\n+OK\r\n+OK\r\n")
    valkey = Valkey(url, patience=0.5)
    try:
        with pytest.raises(ValkeyAway):
            await asks(valkey, 9)
    finally:
        await valkey.close()
        server.close()
    assert unheard == []
