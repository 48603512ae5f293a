"""What goes wrong with an embedded server, said so that one knows what to do."""

from __future__ import annotations

from pathlib import Path


class ServerError(Exception):
    """An embedded server could not be found, started or kept; the message says which, and what to do."""


class HomeInUseError(ServerError):
    """Another `python -m app run` works on this FORGE_HOME."""

    def __init__(self, home: Path) -> None:
        super().__init__(f"{home} is in use by another `run`; stop that one, or set FORGE_HOME to another folder")
