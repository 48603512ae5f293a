"""SQL text that builds JSON by concatenation: neighbouring literals melt into one, so keys cost nothing per row."""

from __future__ import annotations


class Text:
    """A concatenation under construction: literals and SQL expressions of type text, in order."""

    __slots__ = ("_parts",)

    def __init__(self, literal: str = "") -> None:
        self._parts: list[tuple[bool, str]] = [(True, literal)]

    def literal(self, text: str) -> Text:
        """Append characters that are the same for every row."""
        is_literal, last = self._parts[-1]
        if is_literal:
            self._parts[-1] = (True, last + text)
        else:
            self._parts.append((True, text))
        return self

    def sql(self, expression: str) -> Text:
        """Append an expression of type text; it must not be null, or the whole text would be."""
        self._parts.append((False, expression))
        return self

    def add(self, other: Text) -> Text:
        """Append another concatenation."""
        for is_literal, part in other._parts:
            (self.literal if is_literal else self.sql)(part)
        return self

    def render(self) -> str:
        """SQL text of the concatenation."""
        parts = [quote(part) if is_literal else part for is_literal, part in self._parts if part or not is_literal]
        return "||".join(parts) or "''"


def quote(text: str) -> str:
    """Write a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
