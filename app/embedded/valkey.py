"""One Valkey server as a child process on a unix socket."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from app.embedded.binaries import find_valkey
from app.embedded.errors import ServerError
from app.embedded.files import open_log, tail
from app.processes import Child, spawn

START_TIMEOUT = 30.0
DATABASES = 64


class Valkey:
    """The server of one home folder; durable keeps an append-only file, otherwise nothing is written."""

    def __init__(self, home: Path, sockets: Path, *, durable: bool = True, keep: Sequence[int] = ()) -> None:
        self.data = home / "valkey"
        self.socket = sockets / "valkey.sock"
        self.durable = durable
        self.keep = keep
        self.log = home / "log" / "valkey.log"
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """Database 0 of the server."""
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        """Start the server and wait until it answers PING; raises ServerError with its log's end if it does not."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        with open_log(self.log) as output:
            self.child = spawn("valkey", [str(find_valkey()), *self._flags()], output=output, keep=self.keep)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if not self.child.running:
                raise ServerError(f"valkey did not start; {self.log} ends:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"valkey was not ready after {START_TIMEOUT:.0f} s; {self.log} ends:\n{tail(self.log)}"
                )
            time.sleep(0.01)

    def stop(self, timeout: float = 4.0) -> None:
        """Shut down; a throw-away server is simply ended."""
        if self.child is not None:
            if not self.durable:
                self.child.stop_signal = signal.SIGKILL
            self.child.stop(timeout)
            self.child = None

    def _flags(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "databases": str(DATABASES),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "daemonize": "no",
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(1)
                link.connect(str(self.socket))
                link.sendall(b"PING\r\n")
                return link.recv(64).startswith(b"+PONG")
        except OSError:
            return False
