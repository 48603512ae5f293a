"""JSON documents of Forge Json and the folders they lie in: what they are called. Their contents are no columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic.json_schema import JsonSchemaValue

from core.facts import reference, text
from core.record import Record
from core.values.checked import NOTE, REFERENCE, Documented, Text

SEPARATOR: Final = "/"
DEEPEST: Final = 10
"""Folders in each other."""
MOST_FOLDERS: Final = 1_000
"""Folders directly in one folder: a list of them is answered whole."""
_NAME: Final = Documented(REFERENCE, (("examples", ("settings.json",)),))


_FOLDER: Final = r"[^/\u0000-\u0020](?:[^/\u0000]{0,98}[^/\u0000-\u0020])?"
"""The name of a folder: 1 to 100 characters, of which the first and the last are no space."""
_PATH: Final = rf"^{_FOLDER}(?:/{_FOLDER}){{0,{DEEPEST - 1}}}$"


@dataclass(frozen=True, slots=True)
class _Path(Text):
    """The names of the folders that lead to a folder, parted by slashes."""

    def check(self, value: Any) -> str:
        """Return the path untouched, or raise `ValueError`."""
        path = Text.check(self, value)
        if not re.fullmatch(_PATH[1:-1], path, re.ASCII):
            raise ValueError(f"must be up to {DEEPEST} names of 1 to 100 characters, parted by slashes")
        return path

    def json_schema(self) -> JsonSchemaValue:
        """Return the form."""
        return {"type": "string", "maxLength": self.longest, "pattern": _PATH, "examples": ["imports/2026"]}


FOLDER_PATH: Final = _Path(500)  # what an index takes, whatever the characters
"""The path of a folder, such as `imports/2026`; its names keep their case."""


class Folder(Record, table=True):
    """A folder; it is made when a document is first put into it."""

    __tablename__ = "json_folders"

    name: str = text(derived=True)
    path: str = text(filterable=True, sortable=True, unique_with=(), derived=True)
    parent: str = text(filterable="often", default="", derived=True, server_default="")
    """The path of the folder it lies in; empty at the top."""

    __table_args__ = ({"info": {"run_again_on_duplicate": True}},)


class Document(Record, table=True):
    """A document's name, what it is for, its tags (of every record), and where it lies."""

    __tablename__ = "json_documents"

    name: str = text(_NAME, filterable=True, sortable=True, searchable=True)
    description: str | None = text(NOTE, searchable=True)
    folder_id: UUID | None = reference("json_folders", filterable=True, derived=True)
