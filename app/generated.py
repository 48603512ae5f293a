"""Files of the repository that are printed from the code: each path with the function that makes its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

from core.settings import Settings, variable_of

ROOT = Path(__file__).parents[1]


def settings_page() -> str:
    """Return docs/settings.md: every setting, what it is for and its default."""
    rows = (f"| `{variable_of(row)}` | {row.metadata['says']} | {row.metadata['doc']} |" for row in fields(Settings))
    return "\n".join(
        (
            "# Settings",
            "",
            "Forge reads its settings once, from the environment. A variable that is empty counts as not set; one that",
            "cannot be used stops the process with its name. Printed from `core/settings.py` by `python -m app docs`.",
            "",
            "| Variable | Default | What it is |",
            "|---|---|---|",
            *rows,
            "",
        ),
    )


FILES: Mapping[str, Callable[[], str]] = {
    "docs/settings.md": settings_page,
}
