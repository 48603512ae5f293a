"""Validated inputs about people and keys: e-mail addresses, networks, settings and limits of a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from pydantic.json_schema import JsonSchemaValue

from core.values.checked import Check, Several, Text, wrong_kind

LONGEST_ADDRESS: Final = 254
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 1_000
MAX_ENTRIES: Final = 50
"""Settings, or limits, of one person."""
_ADDRESS: Final = r'[^\s@"<>(),:;\[\]\\]+@[^\s@"<>(),:;\[\]\\]+'
_NAME: Final = r"[a-z][a-z0-9_]{0,62}"
_MAPPED: Final = 96
"""Bits before an address of IPv4 in one of IPv6."""
_VALUE: Final = Text(500)
_LIMIT: Final = 10**15


@dataclass(frozen=True, slots=True)
class EmailAddress(Check):
    """An e-mail address such as `ann@shop.example`: one `@`, no white space, at most 254 characters."""

    def check(self, value: Any) -> str:
        """Return the address untouched, or raise `ValueError`."""
        text = Text(LONGEST_ADDRESS, blank=False).check(value)
        if not text.isprintable() or not re.fullmatch(_ADDRESS, text):
            raise ValueError("must be an e-mail address such as ann@shop.example")
        return text

    def json_schema(self) -> JsonSchemaValue:
        """Return the form."""
        told = {"type": "string", "format": "email", "maxLength": LONGEST_ADDRESS, "pattern": f"^{_ADDRESS}$"}
        return told | {"examples": ["ann@shop.example"]}


@dataclass(frozen=True, slots=True)
class Network(Check):
    """An address or a network of IPv4 or IPv6 in CIDR notation: `192.0.2.0/24`, `2001:db8::/32`."""

    def check(self, value: Any) -> str:
        """Return the network in its usual form, with its prefix length, or raise `ValueError`."""
        if not isinstance(value, str):
            raise wrong_kind("text", value)
        try:
            return str(_plain(ip_network(value)))
        except ValueError:
            raise ValueError("must be a network such as 192.0.2.0/24, without bits after its prefix") from None

    def json_schema(self) -> JsonSchemaValue:
        """Return the form."""
        return {"type": "string", "pattern": r"^[0-9A-Fa-f:.]+(/\d{1,3})?$", "examples": ["192.0.2.0/24"]}


def _plain(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """A network of IPv4 that is written in IPv6 as that of IPv4; ValueError for one that names an interface."""
    if isinstance(network, IPv4Network):
        return network
    mapped = network.network_address.ipv4_mapped
    if network.network_address.scope_id is not None:
        raise ValueError(network)
    if mapped is None or network.prefixlen < _MAPPED:
        return network
    return IPv4Network((mapped, network.prefixlen - _MAPPED))


@dataclass(frozen=True, slots=True)
class Entries(Check):
    """An object of names in snake_case, each with a value: text, a number, true, false; of `amounts` numbers from 0.

    Null takes a name away.
    """

    amounts: bool = False

    def check(self, value: Any) -> dict[str, Any]:
        """Return the object untouched, or raise `ValueError` that names its members."""
        if not isinstance(value, dict):
            raise wrong_kind("an object", value)
        if len(value) > MAX_ENTRIES:
            raise ValueError(f"must have at most {MAX_ENTRIES} members, not {len(value)}")
        wrong = [(str(name)[:100], said) for name, one in value.items() if (said := self._wrong(name, one))]
        if wrong:
            raise Several(wrong)
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return the form."""
        value: JsonSchemaValue = {"exclusiveMaximum": _LIMIT}
        if self.amounts:
            value |= {"type": ["number", "null"], "minimum": 0}
        else:
            value |= _VALUE.json_schema() | {"exclusiveMinimum": -_LIMIT}
            value["type"] = ["string", "number", "boolean", "null"]
        return {
            "type": "object",
            "maxProperties": MAX_ENTRIES,
            "propertyNames": {"pattern": f"^{_NAME}$"},
            "additionalProperties": value,
            "examples": [{"cost_usd_per_month": 200} if self.amounts else {"language": "en"}],
        }

    def _wrong(self, name: Any, value: Any) -> str:
        if not isinstance(name, str) or not re.fullmatch(_NAME, name, re.ASCII):
            return "must be a name of a to z, 0 to 9 and _, of at most 63 characters, that begins with a letter"
        if value is None:
            return ""
        number = value if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None
        is_number = number is not None and -_LIMIT < number < _LIMIT
        if self.amounts:
            return "" if is_number and value >= 0 else f"must be a number from 0 to less than {_LIMIT:,}, or null"
        if isinstance(value, str):
            try:
                _VALUE.check(value)
            except ValueError as error:
                return str(error)
        elif not is_number and not isinstance(value, bool):
            return f"must be text, a number nearer to 0 than {_LIMIT:,}, true, false or null"
        return ""


@dataclass(frozen=True, slots=True)
class Password(Check):
    """A password that a person chooses: of 12 to 1,000 characters, any of them."""

    def check(self, value: Any) -> str:
        """Return the password untouched, or raise `ValueError`, which does not repeat it."""
        text = Text(LONGEST_PASSWORD, blank=False).check(value)
        if len(text) < SHORTEST_PASSWORD:
            raise ValueError(f"must have at least {SHORTEST_PASSWORD} characters")
        return text

    def json_schema(self) -> JsonSchemaValue:
        """Return the lengths."""
        return Text(LONGEST_PASSWORD, blank=False).json_schema() | {
            "minLength": SHORTEST_PASSWORD,
            "format": "password",
            "examples": ["correct horse battery"],
        }


EMAIL: Final = EmailAddress()
PASSWORD: Final = Password()
NETWORK: Final = Network()
USER_SETTINGS: Final = Entries()
"""How a person likes to have things, by names of their own; Forge only keeps them."""
USER_LIMITS: Final = Entries(amounts=True)
"""How much a person may use, by name: amounts of money, tokens, requests."""
