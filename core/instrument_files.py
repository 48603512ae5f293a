"""Files in which the processes below one supervisor keep the values of their instruments.

`prometheus_client` maps sparse files into memory. A page of such a file is allocated when it is first written: on a
full disk that write raises no error but SIGBUS, which ends the process. Here a file is written out before it is mapped,
and a process whose file cannot be had keeps its values in its own memory: they are missing from the sum, and it works.
"""

from __future__ import annotations

import functools
import logging
import mmap
import struct
from pathlib import Path
from typing import Any, Final

from prometheus_client.mmap_dict import MmapedDict

FIRST: Final = 1 << 16
"""Bytes of a new file; they double when it is full."""
UNREADABLE: Final = (OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, struct.error)
"""What is raised by reading a file that is gone or that holds something else."""
_EMPTY: Final = 8
_ENTRY: Final = 32  # bytes of an entry beside its key, at most
_losses: set[str] = set()
log = logging.getLogger("forge")


class Reserved(MmapedDict):
    """A file of which every page is allocated before it is mapped. What it raises when there is no room is OSError."""

    _f: Any
    _m: mmap.mmap
    _used: int
    _capacity: int

    def __init__(self, filename: str) -> None:
        _extend(filename, FIRST)
        super().__init__(filename)  # type: ignore[no-untyped-call]  # the library has no types

    def reserve(self, size: int) -> None:
        """Have room for so many bytes of further entries."""
        while self._used + size > self._capacity:
            self._double()

    def _double(self) -> None:
        _extend(self._fname, self._capacity * 2)
        self._m = mmap.mmap(self._f.fileno(), self._capacity * 2)
        self._capacity *= 2

    def _init_value(self, key: str) -> None:
        self.reserve(len(key.encode()) + _ENTRY)
        super()._init_value(key)  # type: ignore[no-untyped-call]


class Values(Reserved):
    """The values of a process: in a file, or in memory from the moment at which a file cannot be had."""

    def __init__(self, filename: str) -> None:
        try:
            Path(filename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # it may have been taken away
            super().__init__(filename)
        except UNREADABLE as error:
            self._f, self._fname, self._positions = None, filename, {}
            self._m, self._used, self._capacity = mmap.mmap(-1, FIRST), _EMPTY, FIRST
            _lose(error)

    def _double(self) -> None:
        if self._f is not None:
            try:
                return super()._double()
            except OSError as error:  # the file keeps what was counted up to now
                self._f.close()
                self._f = None
                _lose(error)
        larger = mmap.mmap(-1, self._capacity * 2)
        larger[: self._used] = self._m[: self._used]
        self._m, self._capacity = larger, self._capacity * 2
        return None


def tell() -> None:
    """Log why values of this process are missing from the sum; each reason is logged once."""
    for reason in sorted(_losses):
        _warn(reason)


def _lose(error: BaseException) -> None:
    _losses.add(getattr(error, "strerror", None) or repr(error))
    if logging.root.handlers:  # else it is told when the log is set up: instruments are made by the first import
        tell()


@functools.cache
def _warn(reason: str) -> None:
    log.warning("what this process counts is missing from /metrics, its files cannot be written: %s", reason)


def _extend(filename: str, size: int) -> None:
    """Bring a file to this size with zeros that are written, so that no page of it is missing."""
    with Path(filename).open("ab") as file:
        file.write(bytes(max(0, size - file.tell())))
