"""Who is asking: the workspace, the scopes and the limits that one key stands for, for one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from core.database.turns import Share
from core.errors import InsufficientScope

NO_KEY: Final = UUID(int=0)
"""The key of a principal behind whom there is none."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A key as it is at this moment, its scopes already expanded and cut to what its creator holds."""

    key_id: UUID
    public_id: str
    company_id: UUID
    workspace_id: UUID
    scopes: frozenset[str]
    epoch: int
    currency: str
    environment: str = "live"
    user_id: UUID | None = None
    """The person in whose name the key acts."""
    home_id: UUID = field(default=None)  # type: ignore[assignment]  # the workspace itself, unless given
    """The company's live workspace, which holds its people and keys."""
    is_owner: bool = False
    """Whether that person is an owner of the company."""
    limits: Mapping[str, int] = field(default_factory=dict)
    registered_only: bool = False
    """Whether GraphQL answers it registered documents alone."""
    plan: str = "starter"
    share: Share = field(init=False, repr=False, compare=False)
    """For whom connections to the database are taken."""

    def __post_init__(self) -> None:
        """Work out the share once: it is looked at with each statement."""
        if self.home_id is None:
            object.__setattr__(self, "home_id", self.workspace_id)
        object.__setattr__(self, "share", Share(self.company_id.hex, self.public_id, self.workspace_id.hex))

    @property
    def actor_id(self) -> UUID | None:
        """The key as the audit names it; None where the command line acts in a person's name."""
        return None if self.key_id == NO_KEY else self.key_id

    def require(self, scope: str, *, field: str | None = None) -> None:
        """Raise `InsufficientScope` naming the scope (and the field it guards) when it is not held."""
        if scope not in self.scopes:
            raise InsufficientScope(scope, field=field)
