"""What Forge's own connections cost beside uvicorn's, side by side: `python -m tests.benchmarks.wire [--rounds N]`.

The server's CPU for one request, as the median of rounds in turns: a bare ASGI application, one quote by REST and by
GraphQL. Ratios to the same application on uvicorn's own protocol.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any, Final

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.cli import main, serve
from app.embedded import throw_away
from app.migrations import upgrade
from app.wire.limits import Limits
from app.wire.protocol import HttpProtocol
from app.wire.watch import Watch
from core.http import Receive, Response, Scope, Send
from core.settings import Settings
from tests.benchmarks import tasks
from tests.benchmarks.data import prepare
from tests.benchmarks.measure import Link, cpu_of, pin
from tests.benchmarks.serving import READY, ROOT
from tests.benchmarks.tasks import Request, Subject
from tests.kit.process import free_port

TIMES: Final = {"bare": 4_000, "forge": 800}
_BARE: Final = (
    b"GET /one HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer x\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n"
)


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """The least that an application can do."""
    if scope["type"] == "http":
        await Response(200, b'{"data": {}}').send(send)
        return
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def stock(watch: Watch, **how: Any) -> HttpToolsProtocol:  # noqa: ARG001  # made like ours
    """uvicorn's own protocol."""
    return HttpToolsProtocol(**how)


def server(application: str, protocol: str) -> int:
    """Be a server."""
    make: Any = HttpProtocol if protocol == "ours" else stock
    if application == "forge":
        vars(serve)["HttpProtocol"] = make
        return main(["serve"])
    http: Any = partial(make, Watch(Limits()))
    port = int(os.environ["FORGE_PORT"])
    uvicorn.run(bare, port=port, http=http, access_log=False, log_level="warning", server_header=False)
    return 0


@contextlib.contextmanager
def serving(application: str, protocol: str, settings: Settings) -> Iterator[tuple[int, Link]]:
    """Run a server on the first core; yields its pid and a connection."""
    port = free_port()
    env = {**os.environ, **settings.environ(), "FORGE_PORT": str(port)}
    words = [sys.executable, "-m", "tests.benchmarks.wire", "--serve", application, protocol]
    process = subprocess.Popen(words, env=env, cwd=ROOT)
    try:
        time.sleep(READY / 10)
        pin(process.pid, 0)
        yield process.pid, Link(port)
    finally:
        process.terminate()
        process.wait(10)


async def measure(servers: dict[tuple[str, str], tuple[int, Link]], subject: Subject, rounds: int) -> str:
    """Ask every server about every task, round robin."""
    asked: dict[str, tuple[str, Request]] = {
        "bare": ("bare", lambda: _BARE),
        "one quote by REST": ("forge", tasks.rest(subject)["one"]),
        "one quote by GraphQL": ("forge", tasks.graphql("/graphql", subject)["one"]),
    }
    lines = []
    for name, (application, request) in asked.items():
        took: dict[str, list[float]] = {"ours": [], "stock": []}
        for turn in range(rounds + 1):
            for protocol in sorted(took, reverse=bool(turn % 2)):
                pid, link = servers[application, protocol]
                seconds = await spent(pid, link, request(), TIMES[application])
                if turn:
                    took[protocol].append(seconds)
        ours, theirs = (statistics.median(took[protocol]) for protocol in ("ours", "stock"))
        lines.append(f"{name}: {ours * 1e6:.1f} / {theirs * 1e6:.1f} µs of CPU = {ours / theirs:.3f}")
    return "\n".join(lines)


async def spent(pid: int, link: Link, raw: bytes, times: int) -> float:
    """Seconds of the server's CPU for one request."""
    await link.open()
    await link.ask(raw)
    before = cpu_of(pid)[pid]
    for _ in range(times):
        await link.ask(raw)
    after = cpu_of(pid)[pid]
    link.close()
    return (after - before) / times


def run() -> int:
    """Bring everything up, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.wire", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--serve", nargs=2)
    asked = parser.parse_args()
    if asked.serve:
        return server(*asked.serve)
    with TemporaryDirectory() as home, throw_away() as servers, contextlib.ExitStack() as stack:
        found = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "FORGE_HOME": home}
        settings = Settings.load({**found, "FORGE_SECRET": "a-secret-for-the-benchmark-0123456789"})
        asyncio.run(upgrade(servers.database_url))
        subject, _ = asyncio.run(prepare(settings))
        names = [(application, protocol) for application in TIMES for protocol in ("ours", "stock")]
        up = {each: stack.enter_context(serving(*each, settings)) for each in names}
        print(uvloop.run(measure(up, subject, asked.rounds)))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(run())
