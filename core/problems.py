"""Everything that is wrong with a request, told at once: whoever reads its parts goes on after one that is refused.

found = Problems()
limit = found.of(read_limit, text)
with found.apart():
    check_events(names)
found.check()                     # raises Invalid with all of them
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, ParamSpec, TypeVar, cast

from core.errors import Invalid, Problem

P = ParamSpec("P")
T = TypeVar("T")
MOST: Final = 100
"""Problems that one answer tells; more are not looked for."""


class Problems:
    """Collects what is refused."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    @property
    def full(self) -> bool:
        """Whether there are as many as are told."""
        return len(self._found) >= MOST

    def add(self, error: Invalid) -> None:
        """Note what an error says."""
        self._found += error.details

    def note(self, field: str, reason: str) -> None:
        """Note what is wrong with a field."""
        self._found.append(Problem(f"{field}: {reason}", field))

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Note what is refused inside, and go on."""
        try:
            yield
        except Invalid as error:
            self.add(error)

    def of(self, read: Callable[P, T], *args: P.args, **how: P.kwargs) -> T:
        """What a function returns. When it refuses, that is noted: call `check` before the result is used."""
        try:
            return read(*args, **how)
        except Invalid as error:
            self.add(error)
            return cast("T", None)

    def check(self) -> None:
        """Raise Invalid with everything that was noted, if anything was."""
        if self._found:
            raise invalid(self._found)


def invalid(problems: Iterable[Problem]) -> Invalid:
    """One error that tells several problems, of which there is at least one; its message is the first's."""
    told = tuple(problems)[:MOST]
    return Invalid(told[0].message, field=told[0].field, problems=told)
