"""Where we may send requests to: no address that is not public, however it is written, unless a setting allows it.

A customer chooses the URL of a webhook, and we are inside a network: without these rules that customer could reach
what only we can reach (server-side request forgery).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

import httpx

from core.setting_values import Network

Address = IPv4Address | IPv6Address

LONGEST_URL: Final = 2_000
_LONGEST_NAME: Final = 253
_LARGEST_PORT: Final = 65_535
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
"""One part of a host name (RFC 1123), in lower case; underscores are in use, so they are taken too."""
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes a name look like an IPv4 address: some resolvers read it as one."""
_PORT: Final = re.compile(r"(?::[0-9]*)?")
_LOOPBACK: Final = (ip_address("127.0.0.1"), ip_address("::1"))
_GLOBAL_V6: Final = ip_network("2000::/3")
_NEVER: Final = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # IETF protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # IETF protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",  # documentation
    )
)
"""Blocks that some versions of Python call global, or that lead somewhere else than they say."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the public Internet's, for one receiver.

    IPv4-mapped addresses and NAT64's are not: they lie outside 2000::/3.
    """
    if address.version == 6 and address not in _GLOBAL_V6:  # noqa: PLR2004  # the version of the protocol
        return False
    if any(address in block for block in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def refusal(address: Address, *, secure: bool, allow: Sequence[Network]) -> str | None:
    """Say why nothing may be sent to this address, or None when it may; `secure` says that it goes by https."""
    if any(address in network for network in allow):
        return None
    if not is_public(address):
        return f"{address} is not a public address"
    return None if secure else "must begin with https://"


def literal(host: str) -> Address | None:
    """Read a host that is an address already, in any spelling a resolver takes (`127.1`, `0x7f000001`), else None."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeEncodeError):
        return None


def read_url(text: str, allow: Sequence[Network]) -> httpx.URL:
    """Read the URL of a webhook; ValueError says what is wrong with it. A dot at the end of a public name is dropped.

    Names are not resolved here: what they stand for is checked at each try, when it is connected to.
    """
    url = _parsed(text)
    if url.scheme not in {"https", "http"} or not url.host:
        raise ValueError("must begin with https://")
    authority = re.split(r"[/?#]", text.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        raise ValueError("must not contain a user name or password")
    if "%" in authority:
        raise ValueError("must not have a percent-encoded host, nor a zone")
    _check_port(authority, url)
    host = url.raw_host.decode("ascii")
    address = literal(host)
    if address is None:
        url = url.copy_with(host=_checked_name(host, allow))
    elif reason := refusal(address, secure=url.scheme == "https", allow=allow):
        raise ValueError(reason)
    if url.scheme == "http" and not allow:
        raise ValueError("must begin with https://")
    return url


def _parsed(text: str) -> httpx.URL:
    if len(text) > LONGEST_URL:
        raise ValueError(f"must have at most {LONGEST_URL:,} characters")
    if not text.isprintable() or " " in text:
        raise ValueError("must not contain white space or control characters")
    try:
        url = httpx.URL(text)
        url.host  # noqa: B018  # reading it decodes an international name, which may fail
    except (httpx.InvalidURL, ValueError) as error:
        raise ValueError(f"is not a URL: {error}") from error
    return url


def _check_port(authority: str, url: httpx.URL) -> None:
    """Refuse a port outside 1 to 65535, and one that is not written in ASCII digits."""
    written = re.sub(r"^(?:\[[^]]*\]|[^:]*)", "", authority)
    if not _PORT.fullmatch(written) or (url.port is not None and not 1 <= url.port <= _LARGEST_PORT):
        raise ValueError(f"must have a port from 1 to {_LARGEST_PORT}")


def _checked_name(host: str, allow: Sequence[Network]) -> str:
    """Return a host name without the dot that may end it; ValueError when it is no name, or a local one."""
    name = host.removesuffix(".")
    labels = name.split(".")
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(
            f"must name a host: labels of 1 to 63 letters, digits and hyphens, at most {_LONGEST_NAME} characters"
        )
    if _NUMERIC.fullmatch(labels[-1]):
        raise ValueError(f"{host} looks like an address and is none")
    loops = labels[-1] == "localhost"
    if loops and not any(address in network for address in _LOOPBACK for network in allow):
        raise ValueError(f"{host} is this machine: FORGE_WEBHOOK_ALLOW does not cover loopback")
    if (len(labels) == 1 and not allow) or (name != host and (loops or len(labels) == 1)):
        raise ValueError(f"{host} is not a public name")
    return name
