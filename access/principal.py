"""Who is asking: the workspace, the scopes and the limits that one key stands for, for one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.database.turns import Share
from core.errors import InsufficientScope


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
    limits: Mapping[str, int] = field(default_factory=dict)
    registered_only: bool = False
    """Whether GraphQL answers it registered documents alone."""
    plan: str = "starter"
    share: Share = field(init=False, repr=False, compare=False)
    """For whom connections to the database are taken."""

    def __post_init__(self) -> None:
        """Work out the share once: it is looked at with each statement."""
        object.__setattr__(self, "share", Share(self.company_id.hex, self.public_id, self.workspace_id.hex))

    def require(self, scope: str, *, field: str | None = None) -> None:
        """Raise `InsufficientScope` naming the scope (and the field it guards) when it is not held."""
        if scope not in self.scopes:
            raise InsufficientScope(scope, field=field)
