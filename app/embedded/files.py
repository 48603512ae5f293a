"""Files of a home folder: private ones, logs, locks and the folder for sockets."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import shlex
import shutil
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from app.embedded.errors import ServerError

LONGEST_SOCKET = 103  # macOS; Linux allows 107
LARGEST_LOG = 8 << 20
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")  # what every client and server takes in a URL and in an option list


def make_home(home: Path) -> None:
    """Make the home folder (0700), or leave one that exists as it is; raises ServerError when that is not possible."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServerError(f"cannot make FORGE_HOME {home}: {error.strerror}") from error


def write_private(path: Path, text: str) -> Path:
    """Write a file which only its owner may read, at once or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
    return path


def open_log(path: Path) -> IO[bytes]:
    """Open a log for appending, its owner's alone; one that has grown beyond 8 MiB is set aside first."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".old.log"))
    return _open_private(path, os.O_APPEND)


def trim_logs(folder: Path) -> None:
    """Set aside what the logs of a folder hold, where it is beyond 8 MiB, while processes go on appending to them.

    A line that is written between the copy and the cut is lost.
    """
    for path in folder.glob("*.log"):
        if not path.name.endswith(".old.log") and path.stat().st_size > LARGEST_LOG:
            with path.open("rb") as grown, _open_private(path.with_suffix(".old.log"), os.O_TRUNC) as kept:
                shutil.copyfileobj(grown, kept)
            os.truncate(path, 0)


def _open_private(path: Path, how: int) -> IO[bytes]:
    """Open a file to write to, for its owner alone, also one that an earlier version has made for everybody."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    with contextlib.suppress(PermissionError):  # it is somebody else's
        os.fchmod(file, 0o600)
    return os.fdopen(file, "wb")


def tail(path: Path, lines: int = 8) -> str:
    """Return the last lines of a log, indented."""
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])


class Lock:
    """A file that one holder at a time has locked; the kernel frees it when every process that has it open is gone."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self, wait: float = 0.0) -> bool:
        """Try for `wait` seconds; says whether it is ours now."""
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.02)
            else:
                return True

    def close(self) -> None:
        """Let go; children that inherited the descriptor still hold the lock."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def socket_folder(home: Path, place: Path) -> Path:
    """Return a 0700 folder for sockets whose path is short and plain: in `place`, else in /tmp by a hash of the home.

    Raises ServerError when the folder in /tmp belongs to somebody else.
    """
    folder = place / "run"
    longest = folder / ".s.PGSQL.5432"
    if len(bytes(longest)) > LONGEST_SOCKET or not _PLAIN_PATH.fullmatch(str(folder)):
        folder = Path("/tmp") / f"forge-{os.geteuid()}-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"  # noqa: S108  # checked below
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    ours = found.st_uid == os.geteuid() or os.geteuid() == 0
    if not stat.S_ISDIR(found.st_mode) or not ours:
        raise ServerError(f"{folder} belongs to somebody else; remove it, or set FORGE_HOME to a shorter path")
    folder.chmod(0o700)
    return folder


def write_variables(path: Path, variables: Mapping[str, str]) -> None:
    """Write variables for a shell to source (0600), which hands them on to the programs it starts."""
    write_private(path, "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))


def read_variables(path: Path) -> dict[str, str]:
    """Read what `write_variables` wrote; a file that is not there holds none."""
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (shlex.split(line)[-1].partition("=") for line in lines if "=" in line)
    return {name: value for name, _, value in pairs}
