"""`/metrics`: the instruments of a process, or of all processes below a supervisor, on a port of their own.

`app/metrics_server.py` serves it from a thread. Processes that are supervised keep their values in files of one folder,
whose place the environment tells them (`PROMETHEUS_MULTIPROC_DIR`); the supervisor adds them up and serves the sum.
What a process counted stays in the sum after it has ended; what it said of its present moment does not.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app import metrics_folder
from app.metrics_server import MetricsServer
from app.processes import runs
from core import instrument_files
from core.instrument_files import UNREADABLE, Reserved
from core.settings import Settings

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_ENDED: Final = "ended"
log = logging.getLogger("forge")


@contextlib.contextmanager
def exposed(settings: Settings) -> Iterator[None]:
    """Serve this process' own instruments; nothing is served when a supervisor gathers them."""
    if FOLDER in os.environ:
        instrument_files.tell()
        yield
        return
    with _served(settings, REGISTRY):
        yield


@contextlib.contextmanager
def gathered(settings: Settings) -> Iterator[Mapping[str, str]]:
    """Gather what child processes count, and serve the sum: yields the variables that they must be started with.

    A supervisor below another one has nothing to do: it is handed the folder, and hands it on.
    """
    if FOLDER in os.environ or not settings.metrics_port:
        yield {}
        return
    with metrics_folder.held(settings.home) as folder:
        registry = CollectorRegistry()
        registry.register(_Sum(folder))
        with _served(settings, registry):
            yield {FOLDER: str(folder)}


class _Sum(Collector):
    """The sum of the files of all processes; a file that cannot be read is left out.

    The library keeps the files of each process that has ended and reads all of them each time. Here they are added to
    one file for all of those, so that reading takes as long after a hundred restarts as after one.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Return every metric; one reader at a time."""
        with self._lock:
            for file in self._folder.glob("*_*.db"):
                owner = file.stem.rpartition("_")[2]
                if owner.isdecimal() and not runs(int(owner)):
                    with contextlib.suppress(*UNREADABLE):  # no room in the total: it is read by itself until there is
                        _add_to_ended(file)
                        file.unlink(missing_ok=True)
            files = [str(file) for file in self._folder.glob("*_*.db")]
            try:
                return _merged(files)
            except UNREADABLE:
                return _merged([file for file in files if _readable(file)])


def _add_to_ended(file: Path) -> None:
    """Add the values of a process that has ended to those of all such processes. If it raises, nothing was added."""
    kind = file.stem.rpartition("_")[0]
    if kind.startswith("gauge") or not _readable(str(file)):
        return
    target: Any = Reserved(str(file.with_name(f"{kind}_{_ENDED}.db")))
    with contextlib.closing(target):
        target.reserve(file.stat().st_size)
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
            target.write_value(key, target.read_value(key)[0] + value, 0.0)


def _merged(files: list[str]) -> list[Metric]:
    return list(MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call]  # it has no types


def _readable(file: str) -> bool:
    try:
        _merged([file])
    except UNREADABLE:
        return False
    return True


@contextlib.contextmanager
def _served(settings: Settings, registry: CollectorRegistry) -> Iterator[None]:
    if not settings.metrics_port:
        yield
        return
    host, port = settings.metrics_host, settings.metrics_port
    try:
        server = MetricsServer(host, port, registry)
    except OSError as error:
        log.warning("FORGE_METRICS_PORT: /metrics is not served, %s on %s: %s", port, host, error.strerror)
        yield
        return
    with server:
        yield
