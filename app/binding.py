"""The sockets of `FORGE_HOST` and `FORGE_PORT`, bound before anything starts: a port that is taken is told first."""

from __future__ import annotations

import socket

from core.settings import SettingError, Settings


def bind(settings: Settings) -> list[socket.socket]:
    """Return a socket for each address of the host, bound and not yet listening.

    Raises SettingError when the host is unknown or the port cannot be had.
    """
    found: list[socket.socket] = []
    port = settings.port
    try:
        for family, address in _addresses(settings):
            found.append(_bound(family, (address[0], port, *address[2:]), settings))
            port = found[0].getsockname()[1]  # of several addresses, all have the port that the first was given
    except SettingError:
        close(found)
        raise
    return found


def adopt(descriptors: tuple[int, ...]) -> list[socket.socket]:
    """The sockets that were inherited."""
    return [socket.socket(fileno=each) for each in descriptors]


def close(sockets: list[socket.socket]) -> None:
    """Let go of sockets; those who inherited them keep them."""
    for each in sockets:
        each.close()


def taken(bound: socket.socket, error: OSError) -> SettingError:
    """The error for a socket that cannot listen, because another one began to between its being bound and now."""
    host, port = bound.getsockname()[:2]
    return SettingError("FORGE_PORT", f"{port} on {host}: {error.strerror}")


def _addresses(settings: Settings) -> list[tuple[socket.AddressFamily, tuple[object, ...]]]:
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise SettingError("FORGE_HOST", f"{settings.host}: {getattr(error, 'strerror', None) or error}") from error
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bound(family: socket.AddressFamily, address: tuple[object, ...], settings: Settings) -> socket.socket:
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        made.bind(address)
    except OSError as error:
        made.close()
        raise SettingError("FORGE_PORT", f"{settings.port} on {settings.host}: {error.strerror}") from error
    return made
