"""Registered documents: GraphQL texts that a company vouches for, run by their hash."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint

from core.facts import text
from core.record import Record
from core.values.checked import NAME, Documented, Text

LONGEST_DOCUMENT: Final = 65_536
"""Characters of a registered document."""
_DOCUMENT: Final = Documented(
    Text(LONGEST_DOCUMENT, blank=False), (("examples", ("query Quotes { quotes(first: 10) { nodes { number } } }",)),)
)


class RegisteredDocument(Record, table=True):
    """A GraphQL document as it was registered; the live ones of a workspace differ in their texts."""

    __tablename__ = "registered_documents"
    lasting = True

    name: str | None = text(NAME)
    sha256: str = text(filterable=True, unique_alive=True, derived=True)
    """The SHA-256 of the text in UTF-8, in lower-case hexadecimal digits."""
    document: str = text(_DOCUMENT, fixed=True)

    __table_args__ = (CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_hexadecimal"),)
