"""How a setting is declared, read from its variable, and written back to one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, field
from typing import Any

from core.setting_values import NONE, with_password


class SettingError(Exception):
    """A setting is missing or cannot be used; `variable` names the environment variable."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable} {problem}")
        self.variable = variable


def setting(
    variable: str,
    read: Callable[[str], object],
    doc: str,
    *,
    default: str | None,
    says: str | None = None,
    secret: bool = False,
) -> Any:
    """Declare a setting: its variable, how its text is read, what it is for, its default as text or (`says`) words."""
    says = says or f"`{default}`"
    metadata = {"variable": variable, "read": read, "doc": doc, "default": default, "says": says}
    return field(repr=not secret, metadata=metadata)


def variable_of(row: Field[Any]) -> str:
    """Return the environment variable of a setting."""
    return str(row.metadata["variable"])


def read_setting(row: Field[Any], text: str) -> Any:
    """Read the text of a variable, or the default; SettingError names the variable."""
    text = text or row.metadata["default"]
    if text is None:
        return None
    try:
        return row.metadata["read"](text)
    except ValueError as error:
        raise SettingError(variable_of(row), str(error)) from None


def joined(name: str, url: str | None, password: str) -> dict[str, str | None]:
    """Put a password that was set by itself, untrimmed, into its URL, where everybody finds it."""
    variable = f"{name.upper()}_PASSWORD"
    if password and url is None:
        raise SettingError(variable, f"is set without {name.upper()}_URL")
    try:
        return {f"{name}_password": None, f"{name}_url": with_password(url, password) if url and password else url}
    except ValueError as error:
        raise SettingError(variable, str(error)) from None


def text_of(value: object) -> str:
    """Write a value as the text of its variable."""
    return (",".join(map(str, value)) or NONE) if isinstance(value, tuple) else str(value)
