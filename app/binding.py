"""The sockets of `FORGE_HOST` and `FORGE_PORT`, bound before anything starts: a port that is taken is told first."""

from __future__ import annotations

import errno
import socket
from typing import Final

from core.settings import SettingError, Settings

BACKLOG: Final = 2048
_NOT_HERE: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
"""A name may stand for addresses that the machine does not have: `localhost` for one of IPv6."""


def bind(settings: Settings) -> list[socket.socket]:
    """Return a socket for each address of the host that this machine has, bound and not yet listening.

    Raises SettingError when the host is unknown or the port cannot be had.
    """
    found: list[socket.socket] = []
    port, missing = settings.port, None
    for family, address in _addresses(settings):
        try:
            found.append(_bound(family, (address[0], port, *address[2:])))
        except OSError as error:
            if error.errno not in _NOT_HERE:
                close(found)
                raise _refused(settings.port, settings.host, error) from error
            missing = error
        else:
            port = found[0].getsockname()[1]  # all have the port that the first was given
    if missing is not None and not found:
        raise _refused(settings.port, settings.host, missing) from missing
    return found


def listen(sockets: list[socket.socket]) -> None:
    """Listen; raises SettingError when another process began to listen there since they were bound."""
    for each in sockets:
        try:
            each.listen(BACKLOG)
        except OSError as error:
            host, port = each.getsockname()[:2]
            raise _refused(port, host, error) from error


def adopt(descriptors: tuple[int, ...]) -> list[socket.socket]:
    """The sockets that were inherited."""
    return [socket.socket(fileno=each) for each in descriptors]


def close(sockets: list[socket.socket]) -> None:
    """Let go of sockets; those who inherited them keep them."""
    for each in sockets:
        each.close()


def _refused(port: int, host: str, error: OSError) -> SettingError:
    return SettingError("FORGE_PORT", f"{port} on {host}: {error.strerror}")


def _addresses(settings: Settings) -> list[tuple[socket.AddressFamily, tuple[object, ...]]]:
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise SettingError("FORGE_HOST", f"{settings.host}: {getattr(error, 'strerror', None) or error}") from error
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bound(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made
