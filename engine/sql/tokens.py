"""Conditions by tokens and words: what is looked up in the index of a table's search columns (`core.searching`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from core.searching import LONGEST_TOKEN, Served, given_token, null_token, token
from core.values.decimals import shortest
from engine.declare.catalogue import Column
from engine.declare.kinds import BOOLEAN, EQUALITY, WORDS
from engine.declare.rows import Condition

_NUMBER: Final = re.compile(r"-?\d{1,20}(\.\d{1,10})?", re.ASCII)
_LOOKED_UP: Final = "@.search_words@@"
_EQUAL: Final = frozenset(EQUALITY)
_QUERY: Final = f"{_LOOKED_UP}?::tsquery"


def condition(column: Column, operator: str, value: Any) -> Condition | None:
    """The condition that finds the rows by their tokens or words; None where they have none.

    `value` is bound already: a list for `in`, `not_in` and the members of a list.
    """
    how = column.answer
    if operator == "is_null":
        return _is_null(column, is_null=value)
    if column.kind is WORDS:
        return _members(column, operator, value)
    if how.by is Served.WORDS and operator in {"eq", "in", "starts_with"}:
        return _by_words(column, operator, value)
    if how.by is Served.TOKENS and operator == "starts_with":
        start = quoted(token(column.column, value, nullable=how.nullable))
        return _checked(f"{start}:*", column, "^@?::text", value)
    return _equal(column, operator, value) if how.tokens and operator in _EQUAL else None


def _members(column: Column, operator: str, values: Sequence[str]) -> Condition:
    listed = [quoted(token(column.column, each, nullable=False)) for each in values]
    if operator == "has_all":
        return _looked_up(" & ".join(listed), listed) if listed else Condition("true")
    return _looked_up(" | ".join(listed), listed)


def member(column: Column, key: str, value: str) -> Condition:
    """Rows in whose JSON object this key has this value, as text."""
    texts = [value, shortest(Decimal(value))] if _NUMBER.fullmatch(value) else [value]  # as numbers are kept
    query = " | ".join(quoted(token(f"{column.column}:{key}", each, nullable=False)) for each in dict.fromkeys(texts))
    if len(value) <= LONGEST_TOKEN:
        return Condition(_QUERY, (query,), by=Served.TOKENS)
    return Condition(f"({_QUERY} and @.{column.column}->>?::text=?::text)", (query, key, value), by=Served.TOKENS)


def quoted(lexeme: str) -> str:
    """A lexeme as a tsquery spells it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _is_null(column: Column, *, is_null: bool) -> Condition | None:
    name, how = column.column, column.answer
    if is_null:
        return _looked_up(quoted(null_token(name)), [name]) if how.null_token else None
    if how.by is Served.WORDS:
        return _looked_up(quoted(given_token(name)), [name])
    if how.by is Served.TOKENS and how.nullable:
        return _looked_up(f"{quoted(token(name, '', nullable=True))}:*", [name])
    return None


def _equal(column: Column, operator: str, value: Any) -> Condition | None:
    values = value if operator in {"in", "not_in"} else [value]
    if operator in {"ne", "not_in"}:
        if column.kind is BOOLEAN:
            values = [not each for each in values]
        elif column.choices is not None:
            values = [each for each in column.choices if each not in values]
        else:
            return None
    texts = [_text(each) for each in values]
    listed = " | ".join(quoted(token(column.column, each, nullable=column.answer.nullable)) for each in texts)
    if any(len(each) > LONGEST_TOKEN for each in texts):
        return _checked(listed, column, "=any(?::text[])", texts)
    return _looked_up(listed, texts)


def _by_words(column: Column, operator: str, value: Any) -> Condition:
    given = given_token(column.column)
    if operator == "starts_with":
        test = f"({_LOOKED_UP}text_beginning(?::text,?::text) and {column.sql}^@?::text)"
        return Condition(test, (value, given, value), by=Served.WORDS)
    texts = value if operator == "in" else [value]
    compared = "=any(?::text[])" if operator == "in" else "=?::text"
    test = f"({_LOOKED_UP}any_text(?::text[],?::text) and {column.sql}{compared})"
    return Condition(test, (texts, given, value), by=Served.WORDS)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _looked_up(query: str, values: Sequence[Any]) -> Condition:
    """Rows that a query finds; none where it asks for one of no values."""
    return Condition(_QUERY, (query,), by=Served.TOKENS) if values else Condition("false")


def _checked(query: str, column: Column, test: str, value: Any) -> Condition:
    """Rows that a query finds, of which the column itself is compared as well: a token holds the beginning alone."""
    return Condition(f"({_QUERY} and {column.sql}{test})", (query, value), by=Served.TOKENS)
