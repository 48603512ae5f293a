"""What a caller left out, as opposed to what a caller set to null: a merge patch changes only what it names."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, Final, cast


class _Absent:
    """The one value that stands for "not named"."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Absent()


def absent() -> Any:
    """Declare a field of an input that may be left out; its type says whether it may be null."""
    return dataclasses.field(default=ABSENT)


def given_fields(patch: Any) -> dict[str, Any]:
    """Return the fields that the caller named, with their values."""
    values = patch.__dict__
    names: tuple[str, ...] = _names(cast("Any", type(patch)))
    return {name: values[name] for name in names if values[name] is not ABSENT}


@cache
def _names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))
