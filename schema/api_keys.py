"""API keys as the graph shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, computed, field, one, type_for
from engine.graph.operations import operation
from resolvers import api_keys as keys
from schema.people import User
from schema.records import Record

_SCOPE: Final = Scope.SETTINGS_INTEGRATIONS
OLD: Final = timedelta(days=90)
"""How long a key may be used before it should be rotated."""

describe_enum(
    models.KeyFormat,
    "The form of a key: the three products document one each, and any key may hold any scopes.",
    {
        "FMRP": "Forge MRP's: `fmrp_live_<id>_<secret>_<checksum>`.",
        "FJE": "Forge Json's: `fje_…`; such keys are live.",
        "FORG": "FORG's: `forg_live_…`, from the team plan on, or `forg_test_…`.",
    },
)
describe_enum(
    models.Environment,
    "Which of the company's workspaces a key opens.",
    {"LIVE": "The one with its real business.", "TEST": "Its sandbox."},
)
describe_enum(
    models.KeyStatus,
    "Whether a key was revoked.",
    {"ACTIVE": "It was not; one that has expired opens nothing all the same.", "REVOKED": "It opens nothing any more."},
)


@type_for(models.ApiKey, _SCOPE, "What opens a workspace, in a person's name.")
class ApiKey(Record):
    """What opens a workspace, in a person's name."""

    name: str = field("What it is for.")
    key: str = field("The key: whole in the answer that makes it, masked ever after.", column="key_hint")
    format: models.KeyFormat = field("Its form.")
    environment: models.Environment = field("Which of the company's workspaces it opens.")
    scopes: list[str] = field("What it was granted; at use it holds no more of it than its person does.")
    status: models.KeyStatus = field("Whether it was revoked.")
    user: User | None = one("user_id", "In whose name it acts.")
    expires_at: datetime | None = field("When it ends by itself; null: never.")
    allowed_cidrs: list[str] = field("The networks it may be used from; none are listed where it may be from anywhere.")
    registered_only: bool = field("Whether GraphQL answers it registered documents alone.")
    revoked_at: datetime | None = field("When it was revoked.")
    replaced_at: datetime | None = field("When it was rotated.")
    last_used_at: datetime | None = field("When it was used last, to some seconds.")
    last_used_address: str | None = field("From which address.")
    last_used_route: str | None = field("For which method and path.")

    @computed(
        "created_at",
        "status",
        "replaced_at",
        "last_used_at",
        "last_used_address",
        "last_used_route",
        description="What should be done about it: it is older than 90 days, or was rotated and is used still.",
        in_rest=True,
    )
    def warnings(self) -> list[str]:
        """Look at its age, and at its last use after a rotation."""
        if self.status == models.KeyStatus.REVOKED:
            return []
        found = []
        if self.replaced_at is not None and self.last_used_at is not None and self.last_used_at > self.replaced_at:
            used = f"{self.last_used_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            found.append(f"old key still used by {self.last_used_address} at {used}: {self.last_used_route}")
        if self.replaced_at is None and datetime.now(UTC) - self.created_at > OLD:
            found.append("older than 90 days: rotate it")
        return found


@strawberry.type
class Query:
    """What can be read of API keys."""

    api_key: ApiKey | None = operation(keys.api_key, _SCOPE)
    api_keys: Connection[ApiKey] = operation(keys.api_keys, _SCOPE, label="API keys")


@strawberry.type
class Mutation:
    """What can be done to API keys."""

    create_api_key: ApiKey = operation(keys.create_api_key, _SCOPE)
    update_api_key: ApiKey = operation(keys.update_api_key, _SCOPE)
    rotate_api_key: ApiKey = operation(keys.rotate_api_key, _SCOPE, path="/api-keys/{id}/rotate", status=201)
    revoke_api_key: ApiKey = operation(keys.revoke_api_key, _SCOPE)
