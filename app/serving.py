"""One process that serves the API: alone, or as one of several that share a port."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Any

import uvicorn

from app import binding, importing
from app.accepting import Accepting
from app.counts import Counts
from app.exposition import exposed
from app.front import CLOSED, Front
from app.graphql.messages import LARGEST_MESSAGE
from app.handover import Handover
from app.membership import Membership
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
ALONE = Membership()
LEAVING = 30.0
"""Seconds that requests under way may take when another process has taken over."""
LAST = 4
"""Seconds after which the kernel ends a process that hangs while it stops."""
_STEP = 0.02
_AGAIN = 0.1


class Server(uvicorn.Server):
    """uvicorn's server, which lets open streams say goodbye before it closes their connections.

    As one of several processes it accepts connections in turn with the others. On SIGHUP it leaves: it accepts nothing
    more, hands idle connections to another process, and ends when the requests under way are answered.
    """

    def __init__(
        self, config: uvicorn.Config, front: Front, sockets: list[socket.socket], membership: Membership = ALONE
    ) -> None:
        super().__init__(config)
        self._front = front
        self._sockets = sockets
        self._membership = membership
        self._accepting: Accepting | None = None
        self._handover: Handover | None = None
        self._leaves = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  # uvicorn's signature
        """Start, and spare the collector what stays for good: looking through it would hold up every request."""
        await super().startup([])
        if self._membership.replacing:
            await self._until_ready()
        gc.collect()
        gc.freeze()
        binding.listen(self._sockets)
        if self._membership.counts is None:
            loop = asyncio.get_running_loop()
            self.servers += [
                await loop.create_server(self._protocol, sock=each, backlog=binding.BACKLOG) for each in self._sockets
            ]
        else:
            self._join(self._membership, Counts(self._membership.counts, self._membership.place))
        self._membership.tell_ready()

    async def on_tick(self, counter: int) -> bool:
        """Tell the other processes how many connections are open here."""
        if self._accepting is not None:
            self._accepting.tell()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a process that leaves is not given more time, one that stops already ends at once.

        One of several that has served nothing yet has nothing to finish.
        """
        if self._membership.supervised and not self.started:
            os._exit(128 + sig)
        if self.should_exit and not self._leaves:
            self.force_exit = True
        self._leaves = False
        super().handle_exit(sig, frame)

    def leave(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # a signal handler
        """Leave, for another process has taken over."""
        self._leaves = not self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, end the streams, then everything else."""
        for server in self.servers:
            server.close()
        if self._accepting is not None:
            self._accepting.stop()
        if self._handover is not None:
            self._handover.stop_taking()
            await self._leave(self._handover)
        signal.alarm(LAST)
        await self._front.streams.stop()
        await super().shutdown(sockets)

    def _join(self, membership: Membership, counts: Counts) -> None:
        connections = self.server_state.connections
        self._accepting = Accepting(self._sockets, self._protocol, counts, lambda: len(connections))
        self._accepting.start()
        if membership.handover:
            self._handover = Handover(*membership.handover)
            kept = partial(self._protocol, kept=True)
            self._handover.start_taking(partial(self._accepting.take, factory=kept))

    def _protocol(self, **how: bool) -> asyncio.Protocol:
        """The protocol of a connection, as uvicorn makes it."""
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state, **how
        )
        return made

    async def _until_ready(self) -> None:
        while not self.should_exit:
            problems = await self._front.state.readiness.problems()
            if self._front.doors is not CLOSED and not any(problems.values()):
                return
            await asyncio.sleep(_AGAIN)

    async def _leave(self, handover: Handover) -> None:
        """Wait for the requests under way, and hand each connection on once it has no request."""
        loop = asyncio.get_running_loop()
        until = loop.time() + LEAVING
        while self._leaves and loop.time() < until and not self._is_done():
            self._front.streams.dismiss()
            for each in tuple(self.server_state.connections):
                if isinstance(each, HttpProtocol):
                    each.hand_over(handover.give)
            await asyncio.sleep(_STEP)

    def _is_done(self) -> bool:
        return not self.server_state.connections and (self._accepting is None or self._accepting.idle)


def serve(settings: Settings, limits: Limits, membership: Membership = ALONE) -> int:
    """Serve with these limits of connections, of which the settings decide how many there may be."""
    sockets = binding.adopt(membership.listening) or binding.bind(settings)
    sys.setswitchinterval(SWITCH)
    log_to_stderr(json=settings.log_format == "json")
    with reachable(settings) as found, exposed(found):
        with importing.without_collector():
            front = create_app(found)
        limits = replace(
            limits,
            connections=connections_that_fit(found.connections),
            connections_per_address=found.connections_per_address,
        )
        watch = Watch(limits, found.trusted_proxies, front.observer.refused, found.cors_origins)
        http: Any = partial(HttpProtocol, watch)
        socket_protocol: Any = partial(SocketProtocol, watch)
        config = uvicorn.Config(
            front,
            host=found.host,
            port=found.port,
            http=http,
            ws=socket_protocol,
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
        server = Server(config, front, sockets, membership)
        if membership.supervised:
            signal.signal(signal.SIGHUP, server.leave)
        membership.wait_at_the_gate()
        server.run()
    return 0
