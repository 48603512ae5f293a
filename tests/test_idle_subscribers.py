"""What a thousand subscribers cost who have nothing to hear, and what it takes to tell all of them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from models import Client
from tests.kit.socket import SocketClient

EACH = 100
KEYS = 10
SUBSCRIPTION = "subscription { changes { cursor type recordId node { id } } }"
LARGEST = 200_000_000


def resident(pid: int) -> int:
    """Bytes of memory that a process holds (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def test_a_thousand_idle_subscribers_take_less_than_200_mb_and_hardly_any_cpu(server, company, key):
    process = server()
    before = resident(process.pid)
    clients = []
    for _ in range(KEYS):
        text = await key("clients.view", "quotes.view")
        for _ in range(EACH):
            client = SocketClient(process.url, text)
            await client.__aenter__()
            await client.subscribe("1", SUBSCRIPTION)
            clients.append(client)
    await asyncio.sleep(2)
    size, used = resident(process.pid), cpu(process.pid)
    await asyncio.sleep(4)
    idle = cpu(process.pid) - used
    print(f"before {before / 1e6:.1f} MB after {size / 1e6:.1f} MB, idle cpu {idle / 4 * 100:.2f} %")
    began = time.monotonic()
    used = cpu(process.pid)
    client = await company.make(Client)
    told = await asyncio.gather(*(each.hear() for each in clients))
    print(f"told {time.monotonic() - began:.2f}s cpu {cpu(process.pid) - used:.2f}")
    assert {each["payload"]["data"]["changes"]["recordId"] for each in told} == {str(client.id)}
    assert size < LARGEST
    assert idle < 0.2
    for each in clients:
        await each.__aexit__(None, None, None)
