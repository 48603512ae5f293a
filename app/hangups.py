"""SIGHUP from the first moment of a command: the same signal ends one process and has several replaced.

Which of both it is to do is known once the command line and the settings are read. Until then it is only noted.
"""

from __future__ import annotations

import signal
from typing import Final

_came: Final[list[int]] = []


def hold() -> None:
    """Note SIGHUP instead of being ended by it. Programs that are started are not concerned, nor is `nohup`."""
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _note)


def release() -> None:
    """Be ended by SIGHUP again, and at once if it came; a handler that was set meanwhile stays."""
    if signal.getsignal(signal.SIGHUP) is _note:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        if _came:
            signal.raise_signal(signal.SIGHUP)


def _note(number: int, _: object) -> None:
    _came.append(number)
