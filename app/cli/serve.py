"""`serve`: one process of the API."""

from __future__ import annotations

import argparse
import gc
import socket
import sys
from dataclasses import replace
from functools import partial
from typing import Any

import uvicorn

from app.exposition import exposed
from app.front import Front
from app.graphql.messages import LARGEST_MESSAGE
from app.reach import reachable
from app.server import create_app
from app.wire.files import connections_that_fit
from app.wire.limits import Limits
from app.wire.protocol import HttpProtocol
from app.wire.sockets import SocketProtocol
from app.wire.watch import Watch
from core.logs import log_to_stderr
from core.settings import Settings

SWITCH = 0.001
"""Seconds after which a thread that reads a large body lets the event loop go on; Python's own is five times that."""
GRACE = 2  # seconds for requests under way, so that everything has stopped within 5


class Server(uvicorn.Server):
    """uvicorn's server, which lets open streams say goodbye before it closes their connections."""

    def __init__(self, config: uvicorn.Config, front: Front) -> None:
        super().__init__(config)
        self._front = front

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and spare the collector what stays for good: looking through it would hold up every request."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, end the streams, then everything else."""
        for server in self.servers:
            server.close()
        await self._front.streams.stop()
        await super().shutdown(sockets)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: settings say it all."""


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001
    """Serve until told to stop, then finish the requests under way."""
    return serve(settings, Limits())


def serve(settings: Settings, limits: Limits) -> int:
    """Serve with these limits of connections, of which the settings decide how many there may be."""
    sys.setswitchinterval(SWITCH)
    log_to_stderr(json=settings.log_format == "json")
    with reachable(settings) as found, exposed(found):
        front = create_app(found)
        limits = replace(
            limits,
            connections=connections_that_fit(found.connections),
            connections_per_address=found.connections_per_address,
        )
        watch = Watch(limits, found.trusted_proxies, front.observer.refused)
        http: Any = partial(HttpProtocol, watch)
        sockets: Any = partial(SocketProtocol, watch)
        config = uvicorn.Config(
            front,
            host=found.host,
            port=found.port,
            http=http,
            ws=sockets,
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=bool(found.trusted_proxies),
            forwarded_allow_ips=[str(network) for network in found.trusted_proxies],
            timeout_graceful_shutdown=GRACE,
            ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False,  # its windows would be most of what an idle connection costs
            ws_ping_interval=None,  # the protocol has pings of its own, and one timer sends them all
        )
        Server(config, front).run()
    return 0
