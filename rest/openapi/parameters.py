"""Parameters that are not filters: pages, orders, what to show, conditions and retries."""

from __future__ import annotations

from typing import Final

from core.writing.claim import HEADER as IDEMPOTENCY_KEY
from engine.declare.catalogue import Catalogue, Column, Computed, Field, Many, One, TypeSpec
from engine.declare.names import pascal
from engine.sql.cursors import CURSOR_PATTERN
from engine.sql.orders import sorts
from rest.conditions import IF_MATCH
from rest.contract import Contract
from rest.openapi.components import PARAMETERS, SCHEMAS, Components, Schema
from rest.openapi.filters import parameter
from rest.openapi.rows import OF_EVERY_RECORD
from rest.parameters import MAX_WORDS, SYNC_COLUMN, default_sort
from schema.records import Record

_VISIBLE: Final[Schema] = {"type": "string", "pattern": "^[!-~]+$"}
_TEXT: Final[Schema] = {"type": "string"}


class Parameters:
    """Makes parameters; those of many operations are components."""

    def __init__(self, catalogue: Catalogue, contract: Contract, components: Components) -> None:
        self._catalogue, self._contract, self.components = catalogue, contract, components

    def row_id(self) -> Schema:
        """The id in a path."""
        schema = {"type": "string", "format": "uuid"}
        return self._shared("Id", parameter("id", "path", "The row's id.", schema, required=True))

    def limit(self) -> Schema:
        """How many rows a page has."""
        size = self._contract.size
        schema = {"type": "integer", "minimum": 1, "maximum": size.largest, "default": size.default}
        return self._shared("Limit", parameter("limit", "query", "Rows on a page.", schema))

    def page(self, target: TypeSpec) -> list[Schema]:
        """Which rows of a list, in which order."""
        about = "The `next_cursor` of the page before."
        schema = {"type": "string", "pattern": CURSOR_PATTERN}
        cursor = self._shared("Cursor", parameter("cursor", "query", about, schema))
        return [self.limit(), cursor, *self._since(target), self._sort(target)]

    def known(self) -> Schema:
        """`If-None-Match`."""
        about = "The `ETag` you have: 304 when it still holds."
        return self._shared("IfNoneMatch", parameter("If-None-Match", "header", about, _TEXT))

    def command(self, *, versioned: bool) -> list[Schema]:
        """What every command takes: a key that makes a retry safe, and the version that was seen."""
        about = "Makes a retry safe: the same request with the same key takes effect once, within 24 hours."
        limits = _VISIBLE | {"minLength": 1, "maxLength": 255}
        found = [self._shared("IdempotencyKey", parameter(IDEMPOTENCY_KEY, "header", about, limits))]
        if versioned:
            about = "The `ETag` you saw, or several: 409 when the row has changed since."
            found.append(self._shared("IfMatch", parameter("If-Match", "header", about, self.tags())))
        return found

    def tags(self) -> Schema:
        """The schema of what `If-Match` takes."""
        return self.components.schema("EntityTags", _TEXT | {"pattern": IF_MATCH, "examples": ['"3"']})

    def shown(self, target: TypeSpec) -> list[Schema]:
        """What to show of a row."""
        names = self._fields(target)
        fields = self._words("fields", "Show only these.", {"anyOf": names} if len(names) > 1 else names[0])
        found = [self.components.once(PARAMETERS, f"{target.name}Fields", fields)]
        edges = [each.name for each in target.fields.values() if isinstance(each, (One, Many))]
        if edges:
            include = self._words("include", "Show these, too.", {"type": "string", "enum": edges})
            found.append(self.components.once(PARAMETERS, f"{target.name}Include", include))
        return found

    def _shared(self, name: str, made: Schema) -> Schema:
        return self.components.parameter(name, made)

    def _since(self, target: TypeSpec) -> list[Schema]:
        if not target.has_life:
            return []
        about = "Only rows changed at or after this moment: how a copy is kept."
        moment = {"type": "string", "format": "date-time"}
        return [self._shared("UpdatedSince", parameter("updated_since", "query", about, moment))]

    def _sort(self, target: TypeSpec) -> Schema:
        about = "The order; `-` for the other way round."
        about += f" A copy is kept by `{SYNC_COLUMN}`." if target.has_life else ""
        schema = _enum(sorts(target)) | {"default": default_sort(target)}
        return parameter("sort", "query", about, schema)

    def _words(self, name: str, about: str, item: Schema) -> Schema:
        schema = {"type": "array", "items": item, "minItems": 1, "maxItems": MAX_WORDS}
        return parameter(name, "query", about, schema, style="form", explode=False)

    def _fields(self, target: TypeSpec) -> list[Schema]:
        """The names that `fields` takes: those of every record, the type's own, and those of its edges."""
        fields = list(target.fields.values())
        found = []
        if issubclass(target.origin, Record):
            common = [each for each in fields if each.name in OF_EVERY_RECORD]
            found.append(self.components.schema("RecordField", _enum(_names(common))))
            fields = [each for each in fields if each.name not in OF_EVERY_RECORD]
        found.append(_enum(_names(fields)))
        for each in fields:
            if isinstance(each, (One, Many)):
                spec = self._catalogue.types[each.target]
                words = [f"{each.name}.{name}" for name in _names(list(spec.fields.values()))]
                edge = pascal(each.name)
                name = f"{edge}Field" if edge == spec.name else f"{edge}{spec.name}Field"
                found.append(self.components.once(SCHEMAS, name, _enum(words)))
        return found


def _enum(words: list[str]) -> Schema:
    return {"type": "string", "enum": words}


def _names(fields: list[Field]) -> list[str]:
    columns = [each.reference if isinstance(each, One) else each for each in fields]
    plain = [each.plain if isinstance(each, Computed) else each for each in columns]
    return [each.name for each in plain if isinstance(each, Column)]
