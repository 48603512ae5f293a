"""The queue: how the api tells workers that there is something to do. The only module that knows ARQ.

PostgreSQL is the truth and Valkey only wakes: whatever is lost here is found by the worker's own sweep.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID, uuid4

import orjson
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.cron import cron
from arq.jobs import serialize_job
from arq.utils import timestamp_ms
from arq.worker import Worker, func
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from core.feed import CHANNEL
from core.valkey import Valkey, pack
from jobs.ending import end

QUEUE: Final = "forge:wakes"
TOGETHER: Final = 0.02
"""Seconds during which wakes of one workspace become one."""
POLL: Final = 0.05
"""Seconds between two looks of a worker at the queue."""
MAX_WAITING: Final = 10_000
"""Wakes that may lie in the queue while no worker runs; the sweep needs none."""
_EXPIRES: Final = 60
_AT_ONCE: Final = 200
"""Workspaces that one worker relays side by side, in turns: `jobs.fan_out.BATCHES`."""
_PATIENCE: Final = 1.0
_AGAIN: Final = 1.0
_WAKE: Final = "wake"
_TURN: Final = "turn"
_LONGEST_TURN: Final = 120
"""Seconds after which a turn at a task is broken off; its last step may take `jobs.tasks.kinds.LONGEST_LEASE`."""
_COUNT: Final = pack(b"ZCARD", QUEUE.encode())
log = logging.getLogger("forge")


@dataclass(frozen=True, slots=True)
class Calls:
    """What a worker does when the queue tells it to.

    For a wake it asks whether the workspace has a task `due`, and relays its events. A `turn` carries a task out for a
    while, and says whether to take another; `schedule` is called every minute, and says whether there is a task to do.
    """

    relay: Callable[[UUID], Awaitable[None]]
    due: Callable[[UUID], Awaitable[bool]]
    turn: Callable[[], Awaitable[bool]]
    schedule: Callable[[], Awaitable[bool]]


def _connect(url: str) -> ArqRedis:
    pool = ConnectionPool.from_url(url, socket_connect_timeout=_PATIENCE, socket_timeout=5 * _PATIENCE)
    # JSON, not ARQ's pickles: who can write to Valkey must not be able to run code here.
    return ArqRedis(pool, job_serializer=_write, job_deserializer=orjson.loads, default_queue_name=QUEUE)


def _write(job: dict[str, Any]) -> bytes:
    return orjson.dumps(job, default=repr)


class Wakes:
    """Wakes workers, and the feeds of other processes: call it with the id after a commit; it neither waits nor raises.

    `process` signs what is published, so that the process which did it need not hear itself.
    """

    def __init__(self, url: str, process: str = "") -> None:
        self._valkey = Valkey(url, patience=_PATIENCE)
        self._process = process
        self._due: set[UUID] = set()
        self._late: set[UUID] = set()
        """Those of the due that were called for again since feeds were told."""
        self._sending: set[asyncio.Task[None]] = set()
        self._full = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self._valkey.close()

    def __call__(self, workspace_id: UUID) -> None:
        """Have a worker look at this workspace soon."""
        if not self._due:
            task = asyncio.get_running_loop().create_task(self._send())
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        self._due.add(workspace_id)
        self._late.add(workspace_id)

    async def _send(self) -> None:
        """Tell feeds at once and workers a little later, all that is due then in one go, and feeds what came since.

        A queue that is full (no worker runs) gets no more until it is not.
        """
        await self._call(self._news())
        await asyncio.sleep(TOGETHER)
        due, self._due = self._due, set()
        wakes = [] if self._full else [command for each in due for command in _enqueue(_WAKE, str(each))]
        waiting = await self._call([*self._news(), *wakes, _COUNT])
        if isinstance(waiting, BaseException):
            log.info("Valkey is away: %d workspaces are found by the sweep", len(due))
        else:
            self._full = waiting >= MAX_WAITING

    def _news(self) -> list[bytes]:
        """Write what feeds of other processes are to hear."""
        late, self._late = self._late, set()
        return [pack(b"PUBLISH", CHANNEL.encode(), f"{each} {self._process}".encode()) for each in late]

    async def _call(self, commands: Sequence[bytes]) -> Any:
        """Send commands together; the last one's reply, or why there is none."""
        replies = await asyncio.gather(*map(self._valkey.call, commands), return_exceptions=True)
        return replies[-1] if replies else None


def _enqueue(function: str, *args: str) -> tuple[bytes, bytes]:
    """Write a job as ARQ's own client does, which asks Valkey three times for what is one answer here.

    Each has a new id: ARQ refuses one that it still knows, and the job would be lost.
    """
    job_id, now = uuid4().hex, timestamp_ms()
    job = serialize_job(function, args, {}, None, now, serializer=_write)
    key = (job_key_prefix + job_id).encode()
    kept = pack(b"PSETEX", key, b"%d" % (_EXPIRES * 1_000), job)
    return kept, pack(b"ZADD", QUEUE.encode(), b"%d" % now, job_id.encode())


async def consume(url: str, calls: Calls) -> None:
    """Do what the queue says until cancelled; while Valkey is away it is tried again every second."""
    logging.getLogger("arq").setLevel(logging.ERROR)  # it warns of each wake that expired, which is as it should be
    while True:
        valkey, link = _connect(url), Valkey(url, patience=_PATIENCE)
        try:
            await _run(valkey, link, calls)
        except (RedisError, OSError, TimeoutError) as error:
            log.info("Valkey is away (%s): the sweep finds what is to be done", error)
        except Exception:
            log.exception("taking wakes from the queue")
        finally:
            await link.close()
            await valkey.aclose(close_connection_pool=True)
        await asyncio.sleep(_AGAIN)


class _Worker(Worker):
    """ARQ's worker, and a way to wait for its last writes, which it shields from being cancelled."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._last_writes: set[asyncio.Task[Any]] = set()

    async def finish_job(self, *arguments: Any, **options: Any) -> None:
        self._keep()
        await super().finish_job(*arguments, **options)

    async def finish_failed_job(self, *arguments: Any, **options: Any) -> None:
        self._keep()
        await super().finish_failed_job(*arguments, **options)

    def _keep(self) -> None:
        if task := asyncio.current_task():
            self._last_writes.add(task)
            task.add_done_callback(self._last_writes.discard)

    async def end(self, running: asyncio.Task[None]) -> None:
        """End `running`, which is `async_run`, and everything it began.

        It is told that it has done all it was to do, for a cancellation in the middle of a pipeline can leave its
        connection open. When it hangs it is cancelled, as often as it takes: ARQ loses some cancellations.
        """
        self.burst, self.max_burst_jobs, self.max_jobs = True, 0, 0
        for task in self.tasks.values():
            task.cancel()
        await asyncio.wait({running}, timeout=_PATIENCE)
        await end([] if running.done() else [running])
        await end(self.tasks.values())
        if self._last_writes:
            await asyncio.wait(self._last_writes, timeout=_PATIENCE)


async def _run(valkey: ArqRedis, link: Valkey, calls: Calls) -> None:
    async def go_on(*, wanted: bool) -> None:
        if wanted:
            await asyncio.gather(*map(link.call, _enqueue(_TURN)), return_exceptions=True)  # the sweep finds the rest

    async def wake(_: dict[Any, Any], workspace_id: str) -> None:
        await go_on(wanted=await calls.due(UUID(workspace_id)))
        await calls.relay(UUID(workspace_id))

    async def turn(_: dict[Any, Any]) -> None:
        await go_on(wanted=await calls.turn())

    async def schedule(_: dict[Any, Any]) -> None:
        await go_on(wanted=await calls.schedule())

    worker = _Worker(
        functions=[  # ARQ's own protocol names its parameters
            func(wake, name=_WAKE, keep_result=0, max_tries=1),  # type: ignore[arg-type]
            func(turn, name=_TURN, keep_result=0, max_tries=1, timeout=_LONGEST_TURN),  # type: ignore[arg-type]
        ],
        cron_jobs=[cron(schedule, name="schedule", second=0)],  # type: ignore[arg-type]
        queue_name=QUEUE,
        redis_pool=valkey,
        handle_signals=False,
        poll_delay=POLL,
        job_timeout=60,
        max_jobs=_AT_ONCE,
        keep_result=0,
        log_results=False,
        job_serializer=_write,
        job_deserializer=orjson.loads,
    )
    running = asyncio.create_task(worker.async_run())
    try:
        await asyncio.wait({running})
    finally:
        await worker.end(running)
    await running
