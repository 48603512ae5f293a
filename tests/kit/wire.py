"""A caller that writes bytes to a socket and reads what comes back, whatever HTTP says about it."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

LONG = 10.0


@dataclass
class Heard:
    """A response; `headers` by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        found = self.json
        return str(found["error"]["code"] if "error" in found else found["errors"][0]["extensions"]["code"])


class Wire:
    """One connection to `url`, from an address of this machine.

    By default it is one that nobody else uses: what is asked without a key uses up the window of its address.
    """

    def __init__(self, url: str, address: str = "") -> None:
        parts = urlsplit(url)
        address = address or f"127.9.{random.randrange(256)}.{random.randrange(1, 255)}"
        self.socket = socket.create_connection((parts.hostname, parts.port), LONG, (address, 0))
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def say(self, *pieces: bytes, pause: float = 0.0) -> None:
        """Send; whether the server still listens shows in what it answers."""
        for piece in pieces:
            with contextlib.suppress(ConnectionError):
                self.socket.sendall(piece)
            if pause:
                time.sleep(pause)

    def hear(self, *, head: bool = False) -> Heard:
        """The next response (to HEAD without a body); fails when the connection ends first."""
        while b"\r\n\r\n" not in self._read:
            assert self._more(), f"closed after {self._read!r}"
        start, _, self._read = self._read.partition(b"\r\n\r\n")
        first, *lines = start.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        status = int(first.split()[1])
        length = 0 if head or status in {101, 204, 304} else int(headers.get("content-length", 0))
        while len(self._read) < length:
            assert self._more(), f"closed within {self._read!r}"
        body, self._read = self._read[:length], self._read[length:]
        return Heard(status, headers, body)

    def closed(self, within: float = LONG) -> bool:
        """Whether the server closes the connection in this time without another byte."""
        self.socket.settimeout(within)
        try:
            return not self._read and not self._more()
        except TimeoutError:
            return False

    def _more(self) -> bool:
        try:
            found = self.socket.recv(1 << 16)
        except ConnectionError:
            found = b""
        self._read += found
        return bool(found)


def ask(url: str, *pieces: bytes, pause: float = 0.0) -> Heard:
    """Send one request on a connection of its own."""
    with Wire(url) as wire:
        wire.say(*pieces, pause=pause)
        return wire.hear()


def head(first: str, **headers: str) -> bytes:
    """A head; `Host` stands in it, and underscores in names stand for hyphens."""
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in {"Host": "forge", **headers}.items()]
    return f"{first} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1")
