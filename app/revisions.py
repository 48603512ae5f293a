"""The newest migration, read from the names of the files: processes that serve need no Alembic to know it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "models" / "migrations"
_NUMBERED: Final = "[0-9][0-9][0-9][0-9]_*.py"


def newest() -> str | None:
    """Return the id of the newest migration, with which the name of its file begins, or None while there is none."""
    names = [path.name for path in (FOLDER / "versions").glob(_NUMBERED)]
    return max(names).partition("_")[0] if names else None
