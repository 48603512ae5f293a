"""A statement under way: what it reads, its parameters, its aliases, and the conditions on each table.

A predicate on every table names the workspace, which is `$1`, or of what is the company's its live workspace. The other
parameters belong to the statement's sources.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.declare.catalogue import TypeSpec
from engine.declare.rows import TABLE, Shape, tenant


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that a statement reads: their shape and their type."""

    shape: Shape
    type: TypeSpec


Parameter = tuple[int, int]
"""A source, and which of its values: an index into `Rows.values`, or `page_compiler.DIGEST`."""


class Statement:
    """The text of one statement while it is made; `written` names the CTE that holds rows a table gets by it.

    Where the statement also changes rows of a table, `written` has SQL text of all of its rows instead, in brackets.
    """

    def __init__(self, sources: Sequence[Source], written: Mapping[str, str] | None = None, first: int = 2) -> None:
        self.sources = sources
        self._written = written or {}
        self._aliases = 0
        self._first = first
        self._parameters: dict[Parameter, str] = {}
        self.counts_exactly = False
        """Whether rows are counted to the last one."""

    @property
    def parameters(self) -> list[Parameter]:
        """The parameters the text refers to, in their order: only what is used is sent."""
        return list(self._parameters)

    def parameter(self, source: int, slot: int) -> str:
        """Refer to a value of a source: one of its `values` by index, or its digest."""
        key = (source, slot)
        if key not in self._parameters:
            self._parameters[key] = f"${self._first + len(self._parameters)}"
        return self._parameters[key]

    def alias(self) -> str:
        """Take the next table alias."""
        self._aliases += 1
        return f"t{self._aliases}"

    def table(self, type_: TypeSpec, *, fresh: bool) -> str:
        """SQL text of what to read a type's rows from; `fresh` rows are in the CTE that writes them, and only there."""
        written = self._written.get(type_.table)
        if written is None:
            return type_.table
        return written if fresh or written.startswith("(") else _with(type_.table, written)

    def where(self, source: int, alias: str, link: str | None = None) -> str:
        """SQL text of a source's conditions, the workspace first."""
        return " and ".join(self.conditions(source, alias, link))

    def conditions(self, source: int, alias: str, link: str | None = None) -> list[str]:
        """SQL texts of a source's conditions: the workspace, the link, then those of its shape in their order."""
        conditions = [f"@.workspace_id={tenant(self.sources[source].type.model)}", *([link] if link else [])]
        slot = 0
        for template in self.sources[source].shape.conditions:
            text, *pieces = template.split("?")
            for piece in pieces:
                text += self.parameter(source, slot) + piece
                slot += 1
            conditions.append(TABLE.sub(self._named, text))
        return [each.replace("@.", f"{alias}.") for each in conditions]

    def _named(self, found: re.Match[str]) -> str:
        """A table named in a condition, with the rows that it gets by this statement."""
        written = self._written.get(found[1])
        if written is None or written.startswith("("):
            return written or found[1]
        return _with(found[1], written)


def _with(table: str, written: str) -> str:
    return f"(select * from {table} union all select * from {written})"
