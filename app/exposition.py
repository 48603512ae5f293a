"""`/metrics`: the instruments of a process, or of all processes below a supervisor, on a port of their own.

`prometheus_client` serves it from a thread. Processes that are supervised keep their values in files of one folder,
whose place the environment tells them (`PROMETHEUS_MULTIPROC_DIR`); the supervisor adds them up and serves the sum.
What a process counted stays in the sum after it has ended; what it said of its present moment does not.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from app.processes import runs
from core.settings import Settings

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_ENDED: Final = "ended"
_PATH: Final = "/metrics"
log = logging.getLogger("forge")


@contextlib.contextmanager
def exposed(settings: Settings) -> Iterator[None]:
    """Serve this process' own instruments; nothing is served when a supervisor gathers them."""
    if FOLDER in os.environ:
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
    with tempfile.TemporaryDirectory(prefix="forge-metrics-") as folder:
        registry = CollectorRegistry()
        _Sum(registry, folder)
        with _served(settings, registry):
            yield {FOLDER: folder}


class _Sum(MultiProcessCollector):
    """The sum of the files of all processes.

    The library keeps the files of each process that has ended and reads all of them each time. Here they are added to
    one file for all of those, so that reading takes as long after a hundred restarts as after one.
    """

    def __init__(self, registry: CollectorRegistry, folder: str) -> None:
        self._lock = threading.Lock()
        super().__init__(registry, folder)  # type: ignore[no-untyped-call]  # it has no types

    def collect(self) -> Iterable[Metric]:
        """Return every metric; one reader at a time."""
        with self._lock:
            for file in Path(self._path).glob("*.db"):
                kind, _, owner = file.stem.rpartition("_")
                if owner != _ENDED and not runs(int(owner)):
                    if not kind.startswith("gauge"):
                        _add(file, file.with_name(f"{kind}_{_ENDED}.db"))
                    file.unlink()
            return list(super().collect())  # type: ignore[no-untyped-call]


def _add(file: Path, total: Path) -> None:
    """Add the values of one file to those of another one."""
    target: Any = MmapedDict(str(total))  # type: ignore[no-untyped-call]
    for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
        target.write_value(key, target.read_value(key)[0] + value, 0.0)
    target.close()


def _only_here(app: Any) -> Any:
    """The library's WSGI application on the one path: by itself it answers every path with the metrics."""

    def answer(environ: Any, start: Any) -> Any:
        if environ["PATH_INFO"] == _PATH:
            return app(environ, start)
        start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"Only {_PATH} is served here\n".encode()]

    return answer


@contextlib.contextmanager
def _served(settings: Settings, registry: CollectorRegistry) -> Iterator[None]:
    if not settings.metrics_port:
        yield
        return
    host, port = settings.metrics_host, settings.metrics_port
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        log.warning("FORGE_METRICS_PORT: /metrics is not served, %s on %s: %s", port, host, error.strerror)
        yield
        return
    server.set_app(_only_here(server.get_app()))
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
