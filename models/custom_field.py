"""Custom fields: what a workspace keeps of its records beyond the columns that every workspace has."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from core.facts import choice, text, words
from core.record import Record
from core.values.checked import NAME, Documented
from core.values.custom import FIELD_KEY
from models.events import FAMILIES

_RECORD_TYPE: Final = Documented(FIELD_KEY, (("enum", FAMILIES), ("examples", ("quote",))))


class CustomFieldType(StrEnum):
    """What values a custom field takes."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    SELECT = "select"
    URL = "url"


class CustomFieldStatus(StrEnum):
    """Whether a custom field takes new values; those of an archived one stay readable."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class CustomFieldDefinition(Record, table=True):
    """A field that a workspace has defined for the records of one type. Its key is never given to another one."""

    __tablename__ = "custom_field_definitions"
    lasting = True

    record_type: str = text(_RECORD_TYPE, filterable=True, fixed=True)
    """The type as events name it: `quote`."""
    key: str = text(FIELD_KEY, filterable=True, fixed=True, unique_with=("record_type",))
    label: str = text(NAME)
    type: str = choice(CustomFieldType, fixed=True)
    options: list[str] = words(NAME, length=(0, 200), distinct=True)
    """The values of a `select`."""
    status: str = choice(CustomFieldStatus, CustomFieldStatus.ACTIVE, filterable=True, derived=True)
