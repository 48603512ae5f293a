"""Ids as each documented API spells them: a UUID, `wh_` and 32 hexadecimal digits, or 23 lower-case letters and digits.

Each spelling can be turned back into the id without a look at the database, and no id has two of one kind. Where a
prefix is written, a UUID is taken as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.values.ids import VARIANT, VERSION
from core.values.scalars import read_id

_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Base 32 as Crockford has it, in lower case: without i, l, o and u."""
_VALUES: Final = {letter: value for value, letter in enumerate(_LETTERS)}
_TIME: Final = 10
"""Letters of the 48 bits of time; the 62 random bits have 13. The version and the type need none: they are known."""
_RANDOM: Final = 13
_SHORT: Final = re.compile(rf"[{_LETTERS}]{{{_TIME + _RANDOM}}}")
_HEX: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class IdCodec:
    """How ids are spelled. `prefix` and `tag` are those of the table that an id is of.

    `sql(column, prefix)` is SQL text of a column's spelling. `read(text, prefix, tag)` turns one back into an id; a
    ValueError says that it is none. `pattern(prefix)` is the regular expression of one, None for a UUID.
    """

    write: Callable[[UUID, str], str]
    sql: Callable[[str, str], str]
    read: Callable[[str, str, int], UUID]
    pattern: Callable[[str], str | None]


def id_list(spelled: Callable[[str], str], column: str) -> str:
    """SQL text of a column that holds a list of ids: a JSON array of them in their order, each spelled so."""
    rows = f"unnest({column}) with ordinality i(id,place)"
    return f"(select coalesce(json_agg({spelled('i.id::uuid')} order by i.place),'[]')::text from {rows})"


def _read_prefixed(text: str, prefix: str, _tag: int) -> UUID:
    digits = text.removeprefix(f"{prefix}_")
    if digits == text:  # as Forge MRP's routes and GraphQL spell it: some ids are known from there
        return read_id(text)
    if not _HEX.fullmatch(digits):
        raise ValueError("not an id")
    return UUID(digits)


def _write_short(row_id: UUID, _prefix: str) -> str:
    number = row_id.int
    return _letters(number >> 80, _TIME) + _letters(number & (1 << 62) - 1, _RANDOM)


def _letters(number: int, count: int) -> str:
    return "".join(_LETTERS[number >> 5 * place & 31] for place in reversed(range(count)))


def _read_short(text: str, _prefix: str, tag: int) -> UUID:
    if not _SHORT.fullmatch(text):
        raise ValueError("not an id")
    time, random = _number(text[:_TIME]), _number(text[_TIME:])
    if time >> 48 or random >> 62:
        raise ValueError("not an id")
    return UUID(int=time << 80 | VERSION << 76 | tag << 64 | VARIANT << 62 | random)


def _number(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found << 5 | _VALUES[letter]
    return found


def _plain(value: Any, *_: Any) -> Any:
    return value


UUIDS: Final = IdCodec(
    write=lambda row_id, _: str(row_id),
    sql=_plain,
    read=lambda text, _prefix, _tag: read_id(text),
    pattern=lambda _: None,
)
"""As they are kept."""
PREFIXED: Final = IdCodec(
    write=lambda row_id, prefix: f"{prefix}_{row_id.hex}",
    sql=lambda column, prefix: f"('{prefix}_'||replace({column}::text,'-',''))",
    read=_read_prefixed,
    pattern=lambda prefix: rf"^{prefix}_[0-9a-f]{{32}}$",
)
"""What kind of thing it names, and the id in hexadecimal digits: `wh_01975c007b2a70078d5a3f0c9b1e2a44`."""
SHORT: Final = IdCodec(
    write=_write_short,
    sql=lambda column, _: f"short_id({column})",
    read=_read_short,
    pattern=lambda _: rf"^[{_LETTERS}]{{{_TIME + _RANDOM}}}$",
)
"""Without what every id has: `01m8bj9n6905yv8bgyjt6nm`. `short_id` is a function of the database."""
