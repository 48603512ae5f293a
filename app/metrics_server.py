"""The server of `/metrics`: few connections at a time, each for a short time, in threads of their own.

That of `prometheus_client` starts a thread for every connection and waits for its request for ever.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import threading
import time
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any, Final, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

CONNECTIONS: Final = 16
"""Connections at the same time. For one more, the oldest is closed: a scrape takes milliseconds."""
PATIENCE: Final = 5.0
"""Seconds that a connection has, from its being accepted to the end of its answer."""
_PATH: Final = "/metrics"
_WAIT: Final = 0.05  # for the thread of the oldest connection to end
_POLL: Final = 0.1
log = logging.getLogger("forge")


class MetricsServer(ThreadingMixIn, WSGIServer):
    """Serves a registry while it is entered. Raises OSError when the address cannot be had."""

    daemon_threads = True
    block_on_close = False  # what is under way ends with the process
    request_queue_size = 64

    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        self.address_family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        self._open: dict[Any, float] = {}
        super().__init__((str(address[0]), port), _Quiet)
        self.set_app(_only_here(make_wsgi_app(registry)))
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread, or close it when no thread gets free."""
        if not self._free.acquire(blocking=False):
            _end(next(iter(tuple(self._open)), request))
            if not self._free.acquire(timeout=_WAIT):
                self.shutdown_request(request)
                return
        self._open[request] = time.monotonic()
        try:
            super().process_request(request, client_address)
        except BaseException:  # there can be no more threads
            self._forget(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection; its place is free afterwards."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._forget(request)

    def service_actions(self) -> None:
        """Close what has had its time; called several times a second."""
        now = time.monotonic()
        for request, since in tuple(self._open.items()):
            if now - since > PATIENCE:
                _end(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # the signature of the library
        """Log what is wrong with us; callers that went away are not told of."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            log.error("/metrics", exc_info=error)

    def _forget(self, request: Any) -> None:
        self._open.pop(request, None)
        self._free.release()


def _only_here(app: Any) -> Any:
    """The library's WSGI application on the one path: by itself it answers every path with the metrics."""

    def answer(environ: Any, start: Any) -> Any:
        if environ["PATH_INFO"] == _PATH:
            return app(environ, start)
        start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"Only {_PATH} is served here\n".encode()]

    return answer


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Log nothing."""


def _end(request: Any) -> None:
    with contextlib.suppress(OSError):  # it has ended
        request.shutdown(socket.SHUT_RDWR)
