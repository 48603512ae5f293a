"""Validated inputs: the annotated types that both doors check through pydantic, so an error names its place.

    @dataclass(frozen=True)
    class LineInput:
        description: Name
        quantity: Quantity
        unit_price: Price

    TypeAdapter(LineInput).validate_python({"description": "Bracket", "quantity": "2.50", "unit_price": 3})

Nothing is rounded, trimmed or coerced: a value comes back as it was written, or is refused with the reason.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from core.errors import Invalid
from core.values import currencies, decimals, units

_SPACE, _SURROGATE = re.compile(r"\s"), re.compile("[\ud800-\udfff]")
_NO_NUL = r"^[^\u0000]*$"
VISIBLE = r"[^\s\u0000\u001c-\u001f\u0085]"
"""No white space; the separators are that for Python, not for the regular expressions of JSON Schema."""
_NOT_BLANK = rf"^[^\u0000]*{VISIBLE}[^\u0000]*$"
_SHOWN, REASON = Decimal("12.50"), "invalid"


class Check(ABC):
    """What every rule here shares: pydantic calls `check`, and its `ValueError` becomes the error of that place."""

    @abstractmethod
    def check(self, value: Any) -> Any:
        """Return the value, or raise `ValueError` with the reason as a sentence for the caller."""

    @abstractmethod
    def json_schema(self) -> JsonSchemaValue:
        """Return the rule as JSON Schema, for OpenAPI."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic run `check` instead of its own coercions."""
        return core_schema.no_info_plain_validator_function(self._run)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let pydantic describe the rule."""
        return self.json_schema()

    def _run(self, value: Any) -> Any:
        try:
            return self.check(value)
        except Several as error:
            lines = [InitErrorDetails(type=_reason(said), loc=(place,), input=None) for place, said in error.wrong]
            raise ValidationError.from_exception_data("", lines) from None
        except ValueError as error:
            raise _reason(str(error)) from None


class Several(ValueError):
    """Several members of an object are wrong: the name of each with its reason."""

    def __init__(self, wrong: list[tuple[str, str]]) -> None:
        super().__init__(": ".join(wrong[0]))
        self.wrong = wrong


def _reason(said: str) -> PydanticCustomError:
    """The reason alone, as an error of the type `REASON`."""
    return PydanticCustomError(REASON, "{reason}", {"reason": said})


@dataclass(frozen=True, slots=True)
class Text(Check):
    """Text of at most `longest` code points; unless `blank`, at least one of them is not white space.

    NUL and lone surrogates are refused: neither PostgreSQL's text nor UTF-8 can hold them.
    """

    longest: int
    blank: bool = True

    def check(self, value: Any) -> str:
        """Return the text untouched, or raise `ValueError`."""
        if not isinstance(value, str):
            raise wrong_kind("text", value)
        if "\0" in value:
            raise ValueError("must not contain the character \\u0000")
        if _SURROGATE.search(value):
            raise ValueError("must not contain a lone surrogate (half of a \\ud800 to \\udfff pair)")
        if len(value) > self.longest:
            raise ValueError(f"must have at most {self.longest:,} characters, not {len(value):,}")
        if not self.blank and not value.strip():
            raise ValueError("must not be blank")
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return the lengths."""
        limits = {"type": "string", "maxLength": self.longest, "pattern": _NO_NUL if self.blank else _NOT_BLANK}
        return limits | ({} if self.blank else {"minLength": 1})


@dataclass(frozen=True, slots=True)
class Documented(Check):
    """Another rule of which the documentation says more: limits that something else holds, examples, a name."""

    rule: Check
    more: tuple[tuple[str, str | tuple[str, ...]], ...]
    name: str = ""

    def check(self, value: Any) -> Any:
        """Return what the other rule does, or raise `ValueError`."""
        return self.rule.check(value)

    def json_schema(self) -> JsonSchemaValue:
        """Return the other rule's, and what is said beyond it."""
        return self.rule.json_schema() | {key: each if isinstance(each, str) else [*each] for key, each in self.more}


@dataclass(frozen=True, slots=True)
class WebAddress(Check):
    """An address of the Web as it may stand in a link: http or https, with a host, of at most `longest` characters."""

    longest: int

    def check(self, value: Any) -> str:
        """Return the text untouched, or raise `ValueError`."""
        text = Text(self.longest, blank=False).check(value)
        if not text.lower().startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        if not text.isprintable() or _SPACE.search(text):
            raise ValueError("must not contain white space or control characters")
        if not urlsplit(text).hostname:  # a ValueError for brackets that are no IPv6 address
            raise ValueError("must name a host")
        return text

    def json_schema(self) -> JsonSchemaValue:
        """Return the form."""
        pattern = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]"
        told = {"type": "string", "format": "uri", "maxLength": self.longest, "pattern": pattern}
        return told | {"examples": ["https://shop.example"]}


@dataclass(frozen=True, slots=True)
class Number(Check):
    """An exact decimal from `least` to `most` with at most `places` decimals.

    `above` excludes `least` itself, `below` excludes `most`.
    """

    least: Decimal
    most: Decimal
    above: bool = False
    places: int = 6
    below: bool = False

    def check(self, value: Any) -> Decimal:
        """Return the decimal as written (12.50 keeps its zero, 1E+3 becomes 1000), or raise `ValueError`."""
        number = decimals.read(value)
        if number < self.least or (self.above and number == self.least):
            raise ValueError(f"must be {self._least}")
        if number > self.most or (self.below and number == self.most):
            raise ValueError(f"must be {self._most}")
        return decimals.plain(number, self.places)

    def json_schema(self) -> JsonSchemaValue:
        """Return the form on the wire: a string (a number is accepted too); its bounds in words and in its pattern."""
        about = f"A decimal that is {self._least} and {self._most}, with at most {self.places} decimals."
        told = {"format": "decimal", "pattern": self._pattern(), "examples": ["12.50" if self.most > _SHOWN else "0.2"]}
        return {"type": "string"} | told | {"description": about}

    @property
    def _least(self) -> str:
        return f"{'more than' if self.above else 'at least'} {self.least}"

    @property
    def _most(self) -> str:
        return f"{'less than' if self.below else 'at most'} {self.most}"

    def _pattern(self) -> str:
        """What such a decimal looks like; bounds are zero, or powers of ten."""
        most = f"{self.most:f}"
        end = rf"(\.\d{{1,{self.places}}})?"
        top = "" if self.below else rf"|{most}(\.0{{1,{self.places}}})?"
        sign = "-?" if self.least < 0 else "(?=.*[1-9])" if self.above else ""
        return rf"^{sign}(\d{{1,{len(most) - 1}}}{end}{top})$"


@dataclass(frozen=True, slots=True)
class Whole(Check):
    """A whole number from `least` to `most`; neither text nor true and false are numbers here."""

    least: int
    most: int

    def check(self, value: Any) -> int:
        """Return the number, or raise `ValueError`; 5.0 is 5, as JSON Schema has it."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong_kind("a whole number", value)
        if not self.least <= value <= self.most:
            raise ValueError(f"must be from {self.least:,} to {self.most:,}")
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return the bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class CurrencyRule(Check):
    """An ISO 4217 code in use which has a minor unit."""

    def check(self, value: Any) -> str:
        """Return the code, or raise `ValueError`."""
        return _code(value, currencies.currency)

    def json_schema(self) -> JsonSchemaValue:
        """Return the codes."""
        codes = sorted(code for code, digits in currencies.currencies().items() if digits is not None)
        return {"type": "string", "enum": codes, "examples": ["USD"]}


@dataclass(frozen=True, slots=True)
class UnitRule(Check):
    """A UN/ECE Recommendation 20 code in use (packages: X and the Recommendation 21 code)."""

    def check(self, value: Any) -> str:
        """Return the code, or raise `ValueError`; for a deleted code the reason names its replacement."""
        return _code(value, units.unit)

    def json_schema(self) -> JsonSchemaValue:
        """Return the pattern."""
        return {"type": "string", "pattern": "^[A-Z0-9]{2,3}$", "examples": ["C62"]}


def _code(value: Any, look_up: Any) -> str:
    if not isinstance(value, str):
        raise wrong_kind("a code", value)
    try:
        look_up(value)
    except Invalid as error:
        raise ValueError(error.message) from None
    return value


_KINDS = {type(None): "null", bool: "true or false", int: "a number", float: "a number", Decimal: "a number"}
_KINDS |= {str: "text", list: "a list", dict: "an object"}


def wrong_kind(wanted: str, value: Any) -> ValueError:
    """Say, in the words of JSON, what came instead; a `ValueError`, for pydantic gives a place to no other."""
    kind = float if isinstance(value, float) else type(value)
    return ValueError(f"must be {wanted}, not {_KINDS.get(kind, kind.__name__)}")


_ZERO = Decimal(0)
LIMIT = Decimal(10**15)
"""What every decimal that is stored is less than, as the tables check it, too."""

NAME = Text(200, blank=False)
Name = Annotated[str, NAME]
"""What a thing is called: 1 to 200 characters, not blank."""
REFERENCE = Text(100, blank=False)
Reference = Annotated[str, REFERENCE]
"""Someone else's number for a thing, such as their purchase order: 1 to 100 characters, not blank."""
WEBSITE = WebAddress(200)
Website = Annotated[str, WEBSITE]
"""Where a company is on the Web: an http or https URL of at most 200 characters."""
NOTE = Text(10_000)
Note = Annotated[str, NOTE]
"""Free text of at most 10,000 characters."""
PRICE = Number(_ZERO, LIMIT, below=True)
Price = Annotated[Decimal, PRICE]
"""Money per unit in the document's currency: from 0 to less than 10^15, at most 6 decimals."""
QUANTITY = Number(_ZERO, LIMIT, above=True, below=True)
Quantity = Annotated[Decimal, QUANTITY]
"""How many of a unit: more than 0, less than 10^15, at most 6 decimals."""
FRACTION = Number(_ZERO, Decimal(10))
Fraction = Annotated[Decimal, FRACTION]
"""A percentage as a fraction: 0.2 is 20 %; 0 to 10, at most 6 decimals."""
COUNT = Whole(0, 2_147_483_647)
Count = Annotated[int, COUNT]
"""A count of things or days: 0 to 2,147,483,647."""
CURRENCY = CurrencyRule()
Currency = Annotated[str, CURRENCY]
"""An ISO 4217 code in use."""
UNIT = UnitRule()
UnitCode = Annotated[str, UNIT]
"""A UN/ECE Recommendation 20 code in use."""
PIECE = "C62"
"""The unit of what is counted: one."""
