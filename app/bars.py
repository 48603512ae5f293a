"""Progress bars of what runs elsewhere, on a terminal; where there is none, the last state as plain lines."""

from __future__ import annotations

from types import TracebackType
from typing import Self
from uuid import UUID

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Bars:
    """A bar for each thing that is shown, for as long as it is entered."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
        )
        self._bars: dict[UUID, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, name: UUID, about: str, status: str, done: int, total: int | None) -> None:
        """Show how far something is; without a total the bar only moves."""
        bar = self._bars.get(name)
        if bar is None:
            bar = self._bars[name] = self._progress.add_task(about, total=total, status=status)
        self._progress.update(bar, completed=done, total=total, status=status)
