"""Idempotency: what a request claims, and how a command that claims something can end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

from core.errors import Conflict, Invalid, Unauthorized

LONGEST_BODY: Final = 65_536
"""Bytes of an answer that are kept for a replay; a longer one is rendered again from the record's id."""
HEADER: Final = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Claim:
    """An idempotency key of a workspace, the digest of the request it came with, and the scopes its answer uses."""

    key: str
    fingerprint: bytes
    scopes: tuple[str, ...] = ()


class State(StrEnum):
    """How a command ended."""

    DONE = "done"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to answer.

    A replay has the stored status, location and scopes: who lacks one of those scopes must not see it. Its `body` is
    None when it was too long to keep: then the answer is rendered again from `record_id`, the row it is of.
    """

    state: State
    status: int
    body: bytes | None
    location: str | None = None
    scopes: tuple[str, ...] = ()
    record_id: UUID | None = None
    repeats: bool = False
    """Whether nothing was done because it had been done before, which the command itself found out."""
    shows_secret: bool = False
    """Whether `body` holds a secret that is shown this once: nobody may keep or compress it."""


class Replayed(Exception):
    """The command had been done before: unwinds a resolver, and `attempt` returns its outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("already done")
        self.outcome = outcome


class StaleAccess(Unauthorized):
    """A right was lost in this workspace since the principal was loaded: load it again and try once more."""

    def __init__(self) -> None:
        super().__init__("The key is missing, wrong, expired or revoked")


class Render(Protocol):
    """How the answer of a command is made, in SQL."""

    @property
    def key(self) -> object:
        """What the SQL text depends on, hashable: with an equal key `expression` is not asked again."""

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of its parameters."""

    def expression(self, written: Mapping[str, str], first: int) -> str:
        """Return a text expression of the whole body: `$1` is the workspace, its own parameters begin at `$first`.

        `written` maps tables to the CTEs of this very statement that write them; only there are the new rows visible.
        Of a table whose rows it also changes it has SQL text of all rows as they will be, in brackets.
        """


def settle(state: str, answer: Mapping[str, Any]) -> Outcome | None:
    """Read the state that `claim`, `enter` or `tick` answered: None means go on.

    Raises Conflict for a key that is running, Invalid for one that was used with another request, StaleAccess.
    """
    if state == "go":
        return None
    if state == "running":
        raise Conflict(f"A request with this {HEADER} is still running", field=HEADER, retry_after=1)
    if state == "mismatch":
        raise Invalid(f"This {HEADER} was used with another request", field=HEADER)
    if state == "stale":
        raise StaleAccess
    body = answer["body"]
    return Outcome(
        State.REPLAY,
        status=answer["status"],
        body=body.encode() if isinstance(body, str) else body,
        location=answer["location"],
        scopes=tuple(answer["scopes"]),
        record_id=answer["record_id"],
    )
