"""The folder of the files that a supervisor adds up for `/metrics`: in FORGE_HOME/metrics, else among temporary files.

While its supervisor runs the folder is locked. A supervisor that was killed leaves it, and the next one to start takes
it away. Where no folder can be made, its place is told all the same: processes that start later make it themselves.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

FOLDER: Final = "metrics"
_PREFIX: Final = "forge-metrics."
log = logging.getLogger("forge")


@contextlib.contextmanager
def held(home: Path) -> Iterator[Path]:
    """Yield a folder for the time of this supervisor; nothing is raised when there is none."""
    name = f"{_PREFIX}{uuid4().hex}"
    folder, lock = home / FOLDER / name, None
    for place in _places(home):
        try:
            lock = _make(place / name)
        except OSError as error:
            log.warning("%s: no folder for /metrics can be made here: %s", place, error.strerror)
        else:
            folder = place / name
            break
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _places(home: Path) -> Iterator[Path]:
    yield home / FOLDER
    with contextlib.suppress(FileNotFoundError):  # no place for temporary files can be written
        yield Path(tempfile.gettempdir())


def _make(folder: Path) -> int:
    """Make a folder for its owner alone, take those of the dead away, and return the descriptor that locks it."""
    for each in (folder.parent, folder):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _lock(folder)
    for each in folder.parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # its supervisor runs, or it is somebody else's
            left = _lock(each)
            shutil.rmtree(each, ignore_errors=True)
            os.close(left)
    return lock


def _lock(folder: Path) -> int:
    """Lock a folder and return the descriptor that holds the lock; raises OSError when another process has it."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock
