"""Say what takes long, and only that."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

LONG = 1.0


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Name the step on stderr once it has taken a second, and then how long it took."""
    began = time.monotonic()
    notice = threading.Timer(LONG, _say, (f"{what} …",))
    notice.daemon = True
    notice.start()
    try:
        yield
    finally:
        notice.cancel()
        if (took := time.monotonic() - began) > LONG:
            _say(f"{what}: {took:.1f} s")


def _say(text: str) -> None:
    print(f"forge: {text}", file=sys.stderr, flush=True)  # noqa: T201
