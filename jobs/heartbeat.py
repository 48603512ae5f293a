"""The heartbeat of a worker: a file that is touched as long as the worker runs and reaches the database.

The health check of a container runs beside its worker and looks at that file. Valkey has no part in it, since a worker
does its work without Valkey. While a worker lives it holds a lock on its file, which the kernel frees when it dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.database.database import Database
from jobs.patience import surviving

FOLDER: Final = "workers"
BEAT: Final = 2.0
"""Seconds between two beats."""
LATE: Final = 30.0
"""Seconds without a beat after which a worker is taken to be ill."""
log = logging.getLogger("forge")


class Heartbeat:
    """Beats for one worker, in `FORGE_HOME/workers`; a home that cannot be written is said once, and nothing else."""

    def __init__(self, home: Path, database: Database, *, every: float = BEAT) -> None:
        self._path = home / FOLDER / f"{os.getpid()}.{time.time_ns()}"
        self._database = database
        self._every = every

    async def run(self) -> None:
        """Beat until cancelled, whenever the database has answered."""
        with _held(self._path) as file:
            while file is not None:
                with surviving("the heartbeat"):
                    await self._database.text("select 1::text", ())
                    os.utime(file)
                await asyncio.sleep(self._every)


def unwell(home: Path, late: float = LATE) -> str | None:
    """Say what is wrong with the workers of this home, or None: at least one lives, and all that live have a beat."""
    folder = home / FOLDER
    ages = [age for path in folder.glob("[!.]*") if (age := _age(path)) is not None]
    if not ages:
        return f"no worker is at work in {home}"
    if max(ages) > late:
        return f"a worker has not reached the database for {max(ages):.0f} s"
    return None


@contextlib.contextmanager
def _held(path: Path) -> Iterator[int | None]:
    """Make the file, locked before anybody finds it by its name; it goes away in the end."""
    draft = path.with_name(f".{path.name}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        draft.rename(path)
    except OSError as error:
        log.warning("no heartbeat for health checks: %s: %s", path, error.strerror)
        yield None
        return
    try:
        yield file
    finally:
        path.unlink(missing_ok=True)
        os.close(file)


def _age(path: Path) -> float | None:
    """Seconds since a worker's last beat; None, and its file taken away, when the worker is dead."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return time.time() - os.fstat(file).st_mtime
    else:
        path.unlink(missing_ok=True)
        return None
    finally:
        os.close(file)
