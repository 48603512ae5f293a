"""What answers the filters of a column: a B-tree of its own, or the table's one GIN index.

The GIN index of a record's table holds a generated column, `search_words`: the words of what is searchable, and for
filters that have no B-tree a *token* of the value, such as `=status:draft` or `=due_on:null`. A word has no `=` in it,
so the two never meet. What answers which filter follows from the facts of the column
(docs/decisions/0050-indexes-and-search.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import Boolean, Column, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core.facts import facts_of

_BREAK: Final = "\n  "
LONGEST_TOKEN: Final = 400
"""Characters of a value that its token holds: a lexeme has at most 2,046 bytes."""


class Served(StrEnum):
    """How the filters of a column are answered."""

    UNIQUE = "unique"
    """By a unique index."""
    ORDER = "order"
    """By `(workspace_id, column, id)`, the index that lists are ordered by."""
    NEWEST = "newest"
    """By `(workspace_id, column, updated_at, id)`: a few of the newest rows are found at once."""
    TOKENS = "tokens"
    """By a token for each value."""
    WORDS = "words"
    """By the words of its text, and then the column itself is compared."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How the filters of one column are answered, as the engine wants to know it."""

    by: Served | None = None
    nullable: bool = True
    """Whether the column of the table may be null."""
    tokens: bool = False
    """Whether each value has a token."""
    null_token: bool = False
    """Whether rows without a value have one."""

    @property
    def has_tree(self) -> bool:
        """Whether a B-tree holds the column."""
        return self.by not in {Served.TOKENS, Served.WORDS}


UNANSWERED: Final = Answer()


def answer(column: Column[Any]) -> Answer:
    """How the filters of a column are answered."""
    return Answer(served(column), bool(column.nullable), has_tokens(column), has_null_token(column))


def is_record(table: Table) -> bool:
    """Whether a table is one of records, which have search columns."""
    return all(name in table.columns for name in ("workspace_id", "version", "deleted_at"))


def served(column: Column[Any]) -> Served | None:
    """How the filters of a column are answered; None where it has none."""
    facts = facts_of(column)
    if facts.unique_with is not None or facts.unique_alive:
        return Served.UNIQUE
    if facts.sortable or not facts.filterable:
        return Served.ORDER if facts.sortable else None
    if facts.refers_to is not None or facts.filterable == "often":
        return Served.NEWEST
    return _in_search_columns(column) or Served.ORDER


def _in_search_columns(column: Column[Any]) -> Served | None:
    facts, kind = facts_of(column), column.type
    if not is_record(column.table):
        return None
    if facts.searchable and isinstance(kind, Text):
        return Served.WORDS
    return Served.TOKENS if facts.choices is not None or isinstance(kind, Text | Boolean | ARRAY | JSONB) else None


def has_tokens(column: Column[Any]) -> bool:
    """Whether each value of a column has a token: beside a B-tree too, for words like these are asked together."""
    if not is_record(column.table):
        return False
    how = served(column)
    return how is Served.TOKENS or (how is Served.NEWEST and facts_of(column).refers_to is None)


def has_null_token(column: Column[Any]) -> bool:
    """Whether rows without a value have a token."""
    return bool(column.nullable) and served(column) is not None and is_record(column.table)


def token(column: str, value: str, *, nullable: bool) -> str:
    """The token of a value: `=status:draft`; of a column that may be null `=estimator:=Ann`, for that is no `null`."""
    return f"={column}:{'=' if nullable else ''}{value[:LONGEST_TOKEN]}"


def null_token(column: str) -> str:
    """The token of rows without a value."""
    return f"={column}:null"


def given_token(column: str) -> str:
    """The token of rows with a value, of a column that is answered by words."""
    return f"={column}:given"


def words_sql(table: Table) -> str:
    """SQL of `search_words`, which is what the index of a record's table holds."""
    tokens = ",\n    ".join(_tokens(table))
    listed = [f"array[\n    {tokens}\n  ]" if tokens else "array[]::text[]", *_lists(table)]
    searched = [_text(column) for column in table.columns if facts_of(column).searchable]
    return f"words_in({_joined(searched)})\n  || array_to_tsvector(array_remove({f'{_BREAK}|| '.join(listed)}, null))"


def mark_of(words: str) -> str:
    """A mark of the SQL of `search_words`, which stands as the column's comment: whether it must be made anew."""
    return blake2b(words.encode(), digest_size=8).hexdigest()


def text_sql(table: Table) -> str | None:
    """SQL of `search_text`, in which parts of words are found; None where no column is declared so."""
    found = [_text(column) for column in table.columns if facts_of(column).contains]
    return _joined(found) if found else None


def _joined(texts: list[str]) -> str:
    return f"{_BREAK}|| ' ' || ".join(texts)


def _text(column: Column[Any]) -> str:
    if isinstance(column.type, ARRAY):
        return f"case when {column.name} = '{{}}' then '' else list_text({column.name}) end"
    return f"coalesce({column.name}, '')" if column.nullable else str(column.name)


def _tokens(table: Table) -> Iterator[str]:
    for column in table.columns:
        name, how = column.name, served(column)
        if has_tokens(column) and not isinstance(column.type, ARRAY | JSONB):
            plain = isinstance(column.type, Text) and facts_of(column).choices is None
            value = f"left({name}, {LONGEST_TOKEN})" if plain else f"{name}::text"
            yield f"'={name}:' || " + (f"coalesce('=' || {value}, 'null')" if column.nullable else value)
        elif how is Served.WORDS:
            yield f"'={name}:' || case when {name} is null then 'null' else 'given' end"
        elif has_null_token(column):
            yield f"case when {name} is null then '={name}:' || 'null' end"  # Alembic takes :null for a parameter


def _lists(table: Table) -> Iterator[str]:
    for column in table.columns:
        if not facts_of(column).filterable:
            continue
        if isinstance(column.type, ARRAY):
            yield f"case when {column.name} <> '{{}}' then list_tokens('{column.name}', {column.name}) end"
        elif isinstance(column.type, JSONB):
            yield f"case when {column.name} <> '{{}}' then document_tokens('{column.name}', {column.name}) end"
