"""The processes behind one port, as a test sees them: who they are, and that one by one they are replaced."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

from tests.kit.processes import alive

LONG = 60.0
BROKEN = "this version is broken"
_SITE = """
import os, sys
if "--status" in sys.orig_argv and os.path.exists(os.environ["BROKEN"]):
    print({said!r}, file=sys.stderr, flush=True)
    os._exit(3)
"""


def breakable(folder: Path) -> tuple[Path, dict[str, str]]:
    """A file, and the environment of a supervisor whose processes say BROKEN and end with 3 while that file exists."""
    (folder / "sitecustomize.py").write_text(_SITE.format(said=BROKEN))
    return folder / "broken", {"PYTHONPATH": str(folder), "BROKEN": str(folder / "broken")}


def children(pid: int) -> list[int]:
    """The processes that a supervisor has started and that run."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for each in map(int, found) if alive(each)]


def connections(pid: int) -> int:
    """How many sockets a process has open."""
    count = 0
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was closed just now
            count += str(each.readlink()).startswith("socket:")
    return count


async def settled(pid: int, count: int, without: tuple[int, ...] = ()) -> list[int]:
    """Wait until a supervisor has so many processes, none of them one of those, which accept connections."""
    deadline = time.monotonic() + LONG
    while True:
        found = children(pid)
        if len(found) == count and not set(found) & set(without) and all(map(accepts, found)):
            return found
        assert time.monotonic() < deadline, f"{found} instead of {count} new ones"
        await asyncio.sleep(0.05)


def accepts(pid: int) -> bool:
    """Whether a process has told its supervisor that it is ready: the pipe for that is closed then."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        status = words[words.index(b"--status") + 1].decode()
        return not str(Path(f"/proc/{pid}/fd/{status}").readlink()).startswith("pipe:")
    except FileNotFoundError:
        return bool(alive(pid))
    except ValueError:  # not started yet
        return False


def place_of(pid: int) -> int | None:
    """The place of a process of the api among the others; None while it is not started yet or has ended."""
    if not alive(pid):
        return None
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return int(words[words.index("--counts") + 1].split(",")[1]) if "--status" in words else None


async def replaced(pid: int, count: int) -> list[int]:
    """Have a supervisor replace its processes, and wait until none of the old ones is left."""
    old = children(pid)
    os.kill(pid, signal.SIGHUP)
    return await settled(pid, count, tuple(old))
