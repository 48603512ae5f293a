"""`/metrics`: the instruments of a process, or of all processes below a supervisor, on a port of their own.

`prometheus_client` serves it from a thread. Processes that are supervised keep their values in files of one folder,
whose place the environment tells them (`PROMETHEUS_MULTIPROC_DIR`); the supervisor adds them up and serves the sum.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from core.settings import Settings

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
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
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]  # it has no types
        with _served(settings, registry):
            yield {FOLDER: folder}


def forget(pid: int, variables: Mapping[str, str]) -> None:
    """Drop what a child that has ended said of the present moment; what it counted stays."""
    folder = variables.get(FOLDER) or os.environ.get(FOLDER)
    if folder is not None:
        mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]  # it has no types


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
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
