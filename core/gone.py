"""Callers who go away: what they wait for is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias, TypeVar

from core.http import Disconnected

T = TypeVar("T")
Gone: TypeAlias = Callable[[], Awaitable[None]]
"""Waits until the caller has gone away."""


async def unless_gone(gone: Gone, work: Coroutine[Any, Any, T]) -> T:
    """Do some work, and cancel it when the caller goes away meanwhile; raises Disconnected then."""
    task, watch = asyncio.ensure_future(work), asyncio.ensure_future(gone())
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise Disconnected
    finally:
        watch.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
