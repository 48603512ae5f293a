"""What one connection may do, and how many there may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the connections of one process; sizes are bytes, times are seconds.

    A body that is at most `small_body` has `small_body_seconds`. A larger one, or one of unknown length that has become
    larger, must arrive at `upload_rate` bytes a second after the first `upload_grace`, and within `upload_seconds`.
    """

    head: int = 32_768
    lines: int = 100
    """Header lines of one head, and of the trailers of one body."""
    framing: int = 16_384
    """Chunk sizes, chunk extensions and trailers of a chunked body that stand between two bytes of its content."""
    head_seconds: float = 10.0
    small_body: int = 1_048_576
    small_body_seconds: float = 30.0
    upload_grace: float = 10.0
    upload_rate: int = 50_000
    upload_seconds: float = 600.0
    idle_seconds: float = 75.0
    unread_seconds: float = 30.0
    """How long a caller may take nothing of an answer."""
    answer_seconds: float = 600.0
    """How long a caller may take for the rest of an answer that is complete."""
    linger_seconds: float = 2.0
    """How long a refused or closed connection is kept, so that the caller can read the answer."""
    connections: int = 10_000
    connections_per_address: int = 2_000
    reserve: int = 64
    """Connections beyond these two numbers, which are there for the health routes."""
