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

from core.errors import BadRequest, Invalid, Problem

P = ParamSpec("P")
T = TypeVar("T")
MOST: Final = 100
"""Problems that one answer tells; more are not looked for."""


class Problems:
    """Collects what is refused."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._malformed: BadRequest | None = None

    @property
    def full(self) -> bool:
        """Whether there are as many as are told."""
        return len(self._found) >= MOST

    @property
    def any(self) -> bool:
        """Whether anything was noted."""
        return bool(self._found)

    def add(self, error: Invalid) -> None:
        """Note what an error says."""
        self._found += error.details

    def put(self, problem: Problem) -> None:
        """Note a problem."""
        self._found.append(problem)

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

    @contextmanager
    def cursor(self) -> Iterator[None]:
        """Note a malformed cursor, and go on: by itself it is a BadRequest, beside other problems it is one of them."""
        try:
            yield
        except BadRequest as error:
            self._malformed = error

    def check(self) -> None:
        """Raise Invalid with everything that was noted, or BadRequest for a cursor alone, if anything was."""
        if self._found:
            raise self.error()
        if self._malformed:
            raise self._malformed

    def error(self) -> Invalid:
        """One error that tells everything that was noted, each once; something must have been."""
        more = self._malformed.details if self._malformed else ()
        return invalid(dict.fromkeys((*self._found, *more)))


def invalid(problems: Iterable[Problem]) -> Invalid:
    """One error that tells several problems, of which there is at least one; its message is the first's."""
    told = tuple(problems)[:MOST]
    return Invalid(told[0].message, field=told[0].field, problems=told)
