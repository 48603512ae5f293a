"""What a thousand subscribers cost who have nothing to hear, and what it takes to tell all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from models import Client
from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.socket import SocketClient
from tests.kit.tenant import Tenant

EACH = 100
KEYS = 10
SUBSCRIPTION = "subscription { changes { cursor type recordId node { id } } }"
LARGEST = 200_000_000
MAX_CPU = 0.05
MAX_TO_TELL = 1.5
"""Seconds of CPU to tell all of them: those who ask the same share one answer."""


def resident(pid: int) -> int:
    """Bytes of memory that a process holds (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def test_a_thousand_idle_subscribers_take_less_than_200_mb_and_hardly_any_cpu(
    server: Callable[[], ServerProcess], company: Tenant, key: Key
):
    process = server()
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(KEYS):
            text = await key("clients.view", "quotes.view")
            for _ in range(EACH):
                client = await stack.enter_async_context(SocketClient(process.url, text))
                await client.subscribe("1", SUBSCRIPTION)
                clients.append(client)
        await asyncio.sleep(2)
        size, used = resident(process.pid), cpu(process.pid)
        await asyncio.sleep(4)
        idle = (cpu(process.pid) - used) / 4
        assert size < LARGEST, f"{size / 1_000_000:.0f} MB"
        assert idle < MAX_CPU, f"{idle:.1%} of a processor"
        used = cpu(process.pid)
        made = await company.make(Client)
        told = await asyncio.gather(*(each.hear() for each in clients))
        assert {each["payload"]["data"]["changes"]["recordId"] for each in told} == {str(made.id)}
        assert cpu(process.pid) - used < MAX_TO_TELL
