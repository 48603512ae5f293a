"""What a caller left out, as opposed to what a caller set to null: a merge patch changes only what it names."""

from __future__ import annotations

import dataclasses
from typing import Any, Final


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


def named(patch: object) -> dict[str, Any]:
    """Return the fields that the caller named, with their values."""
    found = {field.name: getattr(patch, field.name) for field in dataclasses.fields(patch)}  # type: ignore[arg-type]
    return {name: value for name, value in found.items() if value is not ABSENT}
