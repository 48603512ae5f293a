"""Where a secret goes that is shown once: to a file of its owner's alone, to a terminal, or, when asked for, to stdout.

The standard output of a command may be kept by whoever started it: a container's log, a log of CI. So a secret is
printed there only on a terminal, or with `--print`. A place is checked before anything is made. The secret is kept in a
draft beside the file before the commit that makes it, so that whatever is committed can be had.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import Invalid


def add_place(parser: argparse.ArgumentParser, what: str, *, printing: bool) -> None:
    """Declare `--<what>-file` and, where a caller may ask for it, `--print`."""
    told = f"write the {what} to this new file (mode 0600); without, it is shown if stdout is a terminal"

    def read(text: str) -> Path:
        if text != "-":
            return Path(text)
        shown = f"without --{what}-file the {what} is shown on a terminal"
        ways = f"{shown}, and --print prints it to stdout whatever that is" if printing else shown
        raise argparse.ArgumentTypeError(f"`-` names no file (`./-` does): {ways}")

    parser.add_argument(f"--{what}-file", dest="secret_file", type=read, metavar="FILE", help=told)
    if printing:
        parser.add_argument("--print", action="store_true", help=f"print the {what} to stdout whatever that is")


class Place:
    """Where one secret goes: enter it, `prepare`, `keep` before the commit, `hand_over` after it."""

    def __init__(self, what: str, file: Path | None, *, to_stdout: bool, may_print: bool = True) -> None:
        self._what, self._file, self._to_stdout = what, file, to_stdout
        self._ways = f"--{what}-file FILE{' or --print' if may_print else ''}"
        self._draft: int | None = None
        self._text = ""

    @classmethod
    def of(cls, what: str, args: argparse.Namespace) -> Self:
        """Read what `add_place` declared."""
        printing = getattr(args, "print", None)
        to_stdout = bool(printing) or sys.stdout.isatty()
        return cls(what, args.secret_file, to_stdout=to_stdout, may_print=printing is not None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the draft. It goes away if nothing was kept in it; else its secret may have been committed."""
        if self._draft is not None:
            if not self._text:
                self._draft_path.unlink(missing_ok=True)
            os.close(self._draft)
            self._draft = None

    def prepare(self) -> None:
        """Raise Invalid when the secret could not be handed over; OSError when the file cannot be made."""
        if self._file is None:
            if not self._to_stdout:
                raise Invalid(f"stdout is no terminal, so the {self._what} is not shown there: give {self._ways}")
            return
        if os.path.lexists(self._file):
            raise Invalid(f"{self._file} exists already, and is not overwritten: give another --{self._what}-file")
        if not self._file.parent.is_dir():
            raise Invalid(f"{self._file.parent} is no folder: make it, or give another --{self._what}-file")
        self._open()

    def left(self) -> str | None:
        """Return what a command that was killed has left in the draft, if it is nobody's and may be taken over."""
        if self._file is None or os.path.lexists(self._file) or not self._draft_path.exists():
            return None
        with contextlib.suppress(Invalid):
            self._open()
            assert self._draft is not None
            self._text = os.pread(self._draft, 4096, 0).decode("ascii", "replace").strip()
            return self._text
        return None

    def keep(self, text: str) -> None:
        """Put the secret where it outlives this process."""
        self._text = text
        if self._draft is not None:
            os.ftruncate(self._draft, 0)
            os.pwrite(self._draft, f"{text}\n".encode(), 0)
            os.fsync(self._draft)

    def hand_over(self) -> str:
        """Put the secret where it was asked for, and return in words where that is."""
        if self._file is None:
            print(self._text)  # noqa: T201  # it was asked for, or a person reads it
            return "keep it well, nobody can show it again"
        try:
            os.link(self._draft_path, self._file)  # unlike a rename it never takes the place of another file
        except OSError as error:
            told = f"{self._file}: {error.strerror}; the {self._what} is in {self._draft_path}"
            raise Invalid(told) from None
        self._draft_path.unlink()
        return f"it is in {self._file}, and nobody can show it again"

    @property
    def _draft_path(self) -> Path:
        assert self._file is not None
        return self._file.with_name(f".{self._file.name}.draft")

    def _open(self) -> None:
        """Open the draft for ourselves alone, a new one or what a killed command has left."""
        draft = os.open(self._draft_path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(draft, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = os.fstat(draft)
            is_ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink == 1
            is_ours = is_ours and os.path.samestat(found, self._draft_path.lstat())  # or it was just handed over
            if is_ours:
                os.fchmod(draft, 0o600)
        except (BlockingIOError, PermissionError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            os.close(draft)
            raise Invalid(f"{self._draft_path} belongs to somebody else, or another command writes it")
        self._draft = draft
