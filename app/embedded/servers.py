"""PostgreSQL and Valkey together, for one home folder, held by one process at a time."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from app.embedded.errors import HomeInUseError, ServerError
from app.embedded.files import Lock, make_home, socket_folder
from app.embedded.isolation import Account
from app.embedded.postgres import Postgres
from app.embedded.valkey import Valkey

WIND_DOWN = 15.0
THROW_AWAY_PREFIX = "forge-throw-away-"
SETTLED = 60.0  # seconds after which a folder without a holder is the remains of a killed run


class Servers:
    """A context manager: inside it both servers answer, after it both are gone.

    `home` is made when missing (0700). `durable=False` is for tests: nothing survives a power cut. `options` are
    further PostgreSQL settings. Enter it on the main thread. Raises HomeInUseError when another process holds the
    home, ServerError when a server cannot be found or started.
    """

    def __init__(
        self,
        home: Path,
        *,
        durable: bool = True,
        options: Mapping[str, str] | None = None,
        account: Account | None = None,
    ) -> None:
        self.home = home.absolute()
        self._durable = durable
        self._options = options
        self._account = account
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def database_url(self) -> str:
        """The database as its owner (a superuser), for asyncpg and libpq."""
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        """Valkey, for redis-py and ARQ."""
        return self.valkey.url

    def ended(self) -> str | None:
        """Return the name of a server that ended by itself, or None when both run."""
        for child in (self.postgres.child, self.valkey.child):
            if child is not None and not child.running:
                return child.name
        return None

    def _start(self) -> None:
        make_home(self.home)
        keep = (self._lock(),)
        self.postgres = Postgres(
            self.home,
            self.home,
            durable=self._durable,
            options=self._options,
            keep=keep,
            account=self._account,
        )
        self.sockets = self.postgres.sockets = socket_folder(self.home, self.postgres.place)
        self.valkey = Valkey(self.home, self.sockets, durable=self._durable, keep=keep)
        for server in (self.valkey, self.postgres):
            self._stack.callback(server.stop)
            server.start()

    def _lock(self) -> int:
        """Take the home for this process, and wait for servers that a killed predecessor left winding down."""
        ours = Lock(self.home / "lock")
        self._stack.callback(ours.close)
        if not ours.take():
            raise HomeInUseError(self.home)
        theirs = Lock(self.home / "servers.lock")
        self._stack.callback(theirs.close)
        if not theirs.take(WIND_DOWN):
            raise ServerError(f"servers of {self.home} from before still run and do not end; end them by hand")
        return theirs.descriptor


@contextlib.contextmanager
def throw_away(options: Mapping[str, str] | None = None, account: Account | None = None) -> Iterator[Servers]:
    """Yield servers in a new temporary folder which goes away with them; remains of killed runs are swept first."""
    _sweep()
    home = Path(tempfile.mkdtemp(prefix=THROW_AWAY_PREFIX))
    try:
        with Servers(home, durable=False, options=options, account=account) as servers:
            yield servers
            shutil.rmtree(servers.sockets, ignore_errors=True)
    finally:
        _remove(home)


def _sweep() -> None:
    for home in Path(tempfile.gettempdir()).glob(f"{THROW_AWAY_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - home.stat().st_mtime > SETTLED:
                lock = Lock(home / "servers.lock")
                if lock.take():
                    _remove(home)
                lock.close()


def _remove(home: Path) -> None:
    place = home / "postgres"
    if place.is_symlink():
        shutil.rmtree(place.resolve().parent, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
