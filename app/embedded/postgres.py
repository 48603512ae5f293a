"""One PostgreSQL server as a child process on a unix socket, its data folder made when it is missing."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.embedded.binaries import find_postgres
from app.embedded.errors import ServerError
from app.embedded.files import open_log, tail, write_private
from app.embedded.isolation import Account, choose_account, choose_place, readable_programs
from app.processes import Child, spawn

OWNER = "forge"
DATABASE = "forge"
START_TIMEOUT = 60.0
_STATUS_LINE = 7  # of postmaster.pid, as pg_ctl --wait reads it
_INITDB = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    f"--username={OWNER}",
)
_ALWAYS = {
    "jit": "off",
    "max_connections": "200",
    "deadlock_timeout": "100ms",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "track_commit_timestamp": "on",
    "max_connections": "300",
    "autovacuum_naptime": "10s",
}


class Postgres:
    """The server of one home folder; `durable=False` trades safety at a power cut for speed (tests)."""

    def __init__(
        self,
        home: Path,
        sockets: Path,
        *,
        durable: bool = True,
        options: Mapping[str, str] | None = None,
        keep: Sequence[int] = (),
        account: Account | None = None,
    ) -> None:
        self.home = home
        self.sockets = sockets
        self.durable = durable
        self.options = dict(options or {})
        self.keep = keep
        self.account = account or choose_account(_settled(home / "postgres"))
        self.place = choose_place(home, self.account)
        self.data = self.place / "postgres"
        self.log = home / "log" / "postgres.log"
        self.password_file = home / "postgres.password"
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """The database as its owner, in asyncpg's and libpq's form."""
        return f"postgresql://{OWNER}:{self.password_file.read_text().strip()}@/{DATABASE}?host={self.sockets}"

    @property
    def is_new(self) -> bool:
        """Whether the data folder is yet to be made; data kept elsewhere without a link in the home is nobody's."""
        return not (self.home / "postgres" / "PG_VERSION").exists()

    def start(self) -> None:
        """Make the data folder if there is none, start the server and wait until it takes connections.

        Raises ServerError with the end of the server's log when it does not.
        """
        programs = readable_programs(find_postgres(), self.account, self.place)
        if self.is_new:
            self._make_data(programs)
        elif not self.password_file.exists():
            raise ServerError(f"{self.password_file} is gone, and {self.data} opens with it only: put it back")
        for leftover in (self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
            leftover.unlink(missing_ok=True)  # the home's lock says that no server of ours is left
        self.account.own(self.sockets)
        command = self.account.command(programs / "postgres", "-D", self.data, *self._flags())
        with open_log(self.log) as output:
            self.child = spawn(
                "postgres",
                command,
                stop_signal=signal.SIGINT,
                output=output,
                user=self.account.user,
                keep=self.keep,
                env=_plain_environment(),
            )
        self._wait(time.monotonic() + START_TIMEOUT)

    def stop(self, timeout: float = 4.0) -> None:
        """Disconnect clients and shut down; a throw-away server is simply ended."""
        if self.child is not None:
            if not self.durable:
                self.child.stop_signal = signal.SIGQUIT
            self.child.stop(timeout, last_resort=signal.SIGQUIT)
            self.child = None

    def _flags(self) -> list[str]:
        speed = {} if self.durable else _THROW_AWAY
        options = {**_ALWAYS, "unix_socket_directories": str(self.sockets), **speed, **self.options}
        return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]

    def _make_data(self, programs: Path) -> None:
        """Run initdb beside the final place and move the result there, so that a broken attempt leaves nothing."""
        attempt = self.place / "postgres.new"
        shutil.rmtree(attempt, ignore_errors=True)
        attempt.mkdir(mode=0o700)
        self.account.own(attempt)
        write_private(self.password_file, f"{secrets.token_hex(24)}\n")
        password = write_private(self.place / "postgres.pw", self.password_file.read_text())
        self.account.own(password)
        try:
            self._run(programs / "initdb", "-D", attempt, *_INITDB, f"--pwfile={password}", *self._sync())
            self._run(
                programs / "postgres", "--single", "-D", attempt, "postgres", stdin=f"CREATE DATABASE {DATABASE}\n"
            )
        finally:
            password.unlink()
        shutil.rmtree(self.data, ignore_errors=True)
        attempt.rename(self.data)
        if self.place != self.home:
            (self.home / "postgres").symlink_to(self.data)

    def _sync(self) -> tuple[str, ...]:
        return () if self.durable else ("--no-sync",)

    def _run(self, *words: str | Path, stdin: str = "") -> None:
        user = self.account.user
        done = subprocess.run(  # noqa: S603  # a program of PostgreSQL with our own words
            self.account.command(*words),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_plain_environment(),
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        if done.returncode != 0:
            raise ServerError(f"{words[0]} failed ({done.returncode}):\n{done.stdout[-1000:]}{done.stderr[-2000:]}")

    def _wait(self, deadline: float) -> None:
        while True:
            if _status(self.data) == "ready":
                return
            if self.child is None or not self.child.running:
                raise ServerError(f"postgres did not start; {self.log} ends:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"postgres was not ready after {START_TIMEOUT:.0f} s; {self.log} ends:\n{tail(self.log)}"
                )
            time.sleep(0.01)


def _settled(data: Path) -> Path:
    """Return where data really lies: root may have had to keep it elsewhere and left a link."""
    return data.resolve()


def _status(data: Path) -> str:
    try:
        return (data / "postmaster.pid").read_text().splitlines()[_STATUS_LINE].strip()
    except (OSError, IndexError):
        return "starting"


def _plain_environment() -> dict[str, str]:
    """Return our environment without what would make PostgreSQL's programs look elsewhere or speak another language."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))} | {
        "LC_ALL": "C"
    }
