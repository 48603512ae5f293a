"""People of a company as the graph shows them: users, roles and teams."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.faces import Face
from engine.declare.scalars import CustomFields
from engine.declare.types import Connection, Node, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import roles, teams, users
from schema.records import Record

_USER: Final = Face(
    "user",
    (
        *("id", "email", "name", "status", "is_owner", "role_id", "settings", "limits", "joined_at"),
        *("invitation_link", "invitation_expires_at", "created_at", "updated_at"),
    ),
    takes=("email", "name", "role_id", "settings", "limits"),
    filters=("status", "role_id"),
)
_TEAM: Final = Face(
    "team",
    ("id", "name", "description", "member_ids", "created_at", "updated_at"),
    takes=("name", "description", "members"),
)
_VIEW, _EDIT, _MANAGE = Scope.READ_USERS, Scope.WRITE_USERS, Scope.SETTINGS_TEAM

describe_enum(
    models.UserStatus,
    "Whether a person may act.",
    {
        "INVITED": "The invitation was not taken yet.",
        "ACTIVE": "The person may act.",
        "DEACTIVATED": "The person may not act, and their keys are good for nothing.",
    },
)


@type_for(models.Role, _VIEW, "A named set of scopes that people have.")
class Role(Record):
    """A named set of scopes that people have."""

    name: str = field("What it is called.")
    description: str | None = field("What it is for.")
    scopes: list[str] = field("The scopes it holds; none are listed where it holds all.")
    is_default: bool = field("Whether it is one of those that each company begins with, which cannot be deleted.")
    holds_all: bool = field("Whether it holds every scope there is, also those of later versions.")
    users: Connection[User] | None = many("role_id", "The people who have it.")


@type_for(models.User, _VIEW, "A person of the company.")
class User(Record):
    """A person of the company."""

    email: str = field("The e-mail address; no two people of the company share one.")
    name: str = field("What the person is called.")
    status: models.UserStatus = field("Whether the person may act.")
    is_owner: bool = field("Whether it is an owner, who holds every scope there is, whatever the role.")
    role: Role | None = one("role_id", "What the person may do.")
    settings: CustomFields = field("How the person likes to have things, by names of your own.")
    limits: CustomFields = field("How much the person may use, by name.")
    joined_at: datetime | None = field("When the invitation was taken.")
    invitation_link: str | None = field(
        "The link, whole in the answer that makes it, then masked; null when mailed.", column="invitation_hint"
    )
    invitation_expires_at: datetime | None = field("Until when the link is good; null when there is none.")


@type_for(models.TeamMember, _VIEW, "A person in a team.", by="position")
class TeamMember(Node):
    """A person in a team."""

    position: int = field("The place in the team's list, from 1.")
    user: User | None = one("user_id", "The person.")
    team: Team | None = one("team_id", "What the person belongs to.")


@type_for(models.Team, _VIEW, "People who work together.")
class Team(Record):
    """People who work together."""

    name: str = field("What it is called.")
    description: str | None = field("What it is for.")
    member_ids: list[str] = field("The ids of the people in it, in their order.")
    members: Connection[TeamMember] | None = many("team_id", "Who is in it.", order="position")


@strawberry.type
class Query:
    """What can be read of people."""

    user: User | None = operation(users.user, _VIEW, face=_USER)
    users: Connection[User] = operation(users.users, _VIEW, face=_USER)
    role: Role | None = operation(roles.role, _VIEW)
    roles: Connection[Role] = operation(roles.roles, _VIEW)
    team: Team | None = operation(teams.team, _VIEW, face=_TEAM)
    teams: Connection[Team] = operation(teams.teams, _VIEW, face=_TEAM)


@strawberry.type
class Mutation:
    """What can be done to people."""

    create_user: User = operation(users.create_user, _MANAGE, face=_USER)
    update_user: User = operation(users.update_user, _EDIT, face=_USER)
    invite_user: User = operation(users.invite_user, _MANAGE, face=_USER)
    activate_user: User = operation(users.activate_user, _MANAGE, face=_USER)
    deactivate_user: User = operation(users.deactivate_user, _MANAGE, face=_USER)
    promote_user: User = operation(users.promote_user, Scope.ADMIN, face=_USER)
    demote_user: User = operation(users.demote_user, Scope.ADMIN, face=_USER)
    create_role: Role = operation(roles.create_role, _MANAGE)
    update_role: Role = operation(roles.update_role, _MANAGE)
    delete_role: Role = operation(roles.delete_role, _MANAGE)
    restore_role: Role = operation(roles.restore_role, _MANAGE)
    create_team: Team = operation(teams.create_team, _MANAGE, face=_TEAM)
    update_team: Team = operation(teams.update_team, _MANAGE, face=_TEAM)
    delete_team: Team = operation(teams.delete_team, _MANAGE, face=_TEAM)
