"""A worker whose name server hangs: `python -m tests.kit.hanging_names`, on the servers that the settings name."""

from __future__ import annotations

import socket
import time
from typing import Any

from core.settings import Settings
from jobs.worker import Shown, main
from schema.assembly import graph

_ASK = socket.getaddrinfo


def hang(host: Any, *args: Any, **options: Any) -> Any:
    """Answer for what is an address, and for nothing else for a minute."""
    if isinstance(host, str) and host.endswith(".example"):
        time.sleep(60)
    return _ASK(host, *args, **options)


socket.getaddrinfo = hang
main(Settings.load(), Shown.of(graph()))
