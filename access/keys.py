"""Keys as they are made: their rules, the first key of a company, and the digest that is kept of each.

Everything else that is done with keys is a command of the graph: `resolvers/api_keys.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, Final
from uuid import UUID

import orjson

from access.credentials import Pepper, make_key, masked, public_id_of
from access.new_company import born
from access.plans import check_keys, limits_of
from access.scopes import Scope, effective
from access.transaction import transaction
from core.database.database import Database
from core.database.pool import Connection
from core.errors import Invalid, NotFound
from core.problems import Problems
from core.values.checked import NAME
from core.values.ids import new_id
from core.values.people import NETWORK
from models import ApiKey, Environment, KeyFormat
from models.api_key import MAX_NETWORKS

_COLUMNS: Final = (
    *("name", "format", "environment", "scopes", "status", "user_id", "public_id", "key_hint", "expires_at"),
    *("allowed_cidrs", "registered_only"),
)
_INSERT: Final = born("api_keys", *_COLUMNS)
_LAST: Final = 99
"""The place of a first key among the first records of a company."""
_KEEP: Final = "insert into key_digests (key_id, digest) values ($1, $2)"
_CREATOR: Final = """
select u.workspace_id, case when not (u.is_owner or r.holds_all) then r.scopes end as held, o.plan, o.limits
from users u
join roles r on r.workspace_id = u.workspace_id and r.id = u.role_id
join workspaces w on w.id = u.workspace_id
join companies o on o.id = w.company_id
where u.id = $1 and u.status = 'active' for share of u, r for no key update of o
"""
_GOOD: Final = """
select exists (
  select from api_keys k join key_digests d on d.key_id = k.id join workspaces w on w.id = k.workspace_id
  where k.public_id = $1 and d.digest = $2 and w.company_id = $3 and k.revoked_at is null
)
"""


GOOD_KEYS: Final = """
select count(*) as count from api_keys where workspace_id = $1 and revoked_at is null
  and (expires_at is null or expires_at > now())
"""
"""How many keys are good of the company whose live workspace this is."""


def _nowhere(_: str) -> None:
    """Keep nothing."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made; `text` is the key itself, which nobody can show again."""

    id: UUID
    public_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedKey:
    """A key that is to be made, to a workspace of its creator's company."""

    creator_id: UUID
    name: str
    scopes: Collection[str]
    environment: Environment = Environment.LIVE
    form: KeyFormat = KeyFormat.FMRP
    expires_at: datetime | None = None
    allowed_cidrs: Sequence[str] = ()
    registered_only: bool = False

    def check(self, limits: Mapping[str, int]) -> None:
        """Raise Invalid for what no key can have under these limits of its company."""
        wrong = Problems()
        _note("name", NAME.check, self.name, wrong)
        if not self.scopes:
            wrong.note("scopes", "at least one")
        if len(self.allowed_cidrs) > MAX_NETWORKS:
            wrong.note("allowed_cidrs", f"at most {MAX_NETWORKS}")
        for place, each in enumerate(self.allowed_cidrs[:MAX_NETWORKS]):
            _note(f"allowed_cidrs.{place}", NETWORK.check, each, wrong)
        note_scopes(sorted(self.scopes), wrong)
        note_rules(limits, self.form, self.environment, wrong)
        note_expiry(self.expires_at, wrong)
        if self.registered_only:
            note_registered(self.scopes, wrong)
        wrong.check()


class Keys:
    """The keys of all companies; `database` acts as `forge_access`."""

    def __init__(self, database: Database, pepper: Pepper) -> None:
        self._database = database
        self._pepper = pepper

    async def create(self, *, keep: Callable[[str], None] = _nowhere, **wanted: Any) -> NewKey:
        """Make a key as `WantedKey` says; `keep` is called with it before the commit, to put it where it outlives us.

        Raises as `add` does.
        """
        async with transaction(self._database) as connection:
            made = await self.add(connection, WantedKey(**wanted))
            keep(made.text)
        return made

    async def add(self, connection: Connection, wanted: WantedKey) -> NewKey:
        """Make a key in a transaction of the caller's.

        Raises Invalid for what no key can have, and for a scope that the creator lacks; NotFound for a creator who is
        not active.
        """
        creator = await connection.fetchrow(_CREATOR, wanted.creator_id)
        if creator is None:
            raise NotFound("No such active user", field="creator")
        limits = limits_of(creator["plan"], orjson.loads(creator["limits"]))
        wanted.check(limits)
        lacking = sorted(set(wanted.scopes) - effective(wanted.scopes, creator["held"]))
        if lacking:
            raise Invalid(f"scopes: the creator does not hold {', '.join(lacking)}", field="scopes")
        check_keys(limits, await connection.fetchval(GOOD_KEYS, creator["workspace_id"]))
        text = make_key(wanted.form, wanted.environment)
        made = NewKey(new_id(ApiKey), public_id_of(text) or "", text)
        await connection.execute(
            _INSERT,
            *(creator["workspace_id"], made.id, _LAST, wanted.name, wanted.form.value, wanted.environment.value),
            *(sorted(set(wanted.scopes)), "active", wanted.creator_id, made.public_id, masked(text)),
            *(wanted.expires_at, [NETWORK.check(each) for each in wanted.allowed_cidrs], wanted.registered_only),
        )
        await connection.execute(_KEEP, made.id, self._pepper.digest(text))
        return made

    async def is_good(self, text: str, company_id: UUID) -> bool:
        """Whether this text is a key of the company that has not been revoked."""
        credential = self._pepper.read(text)
        if credential is None:
            return False
        async with transaction(self._database) as connection:
            return bool(await connection.fetchval(_GOOD, credential.public_id, credential.digest, company_id))


def note_rules(limits: Mapping[str, int], form: KeyFormat, environment: Environment, wrong: Problems) -> None:
    """Note what a plan or a format does not allow a key."""
    if form is KeyFormat.FJE and environment is not Environment.LIVE:
        wrong.note("environment", "keys of the format fje are live")
    live_forg = (form, environment) == (KeyFormat.FORG, Environment.LIVE)
    if live_forg and not limits.get("live_forg_keys"):
        wrong.note("format", "live forg keys need the team plan or a higher one")


def note_expiry(expires_at: datetime | None, wrong: Problems) -> None:
    """Note an end that lies in the past."""
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= datetime.now(UTC)):
        wrong.note("expires_at", "a time in the future, with its zone")


def note_scopes(scopes: Sequence[str], wrong: Problems) -> None:
    """Note scopes that do not exist, and those that stand twice."""
    for place, scope in enumerate(scopes):
        if scope not in _KNOWN:
            wrong.note(f"scopes.{place}", f"there is no scope {scope[:50]!r}; docs/scopes.md lists them")
        elif scope in scopes[:place]:
            wrong.note(f"scopes.{place}", f"{scope!r} is named twice")


def note_networks(networks: Sequence[str], wrong: Problems) -> None:
    """Note networks that stand twice."""
    for place, each in enumerate(networks):
        if each in networks[:place]:
            wrong.note(f"allowed_cidrs.{place}", f"{each} is named twice")


def within(networks: Sequence[str], others: Sequence[str]) -> bool:
    """Whether there are networks, and each lies in one of the others."""
    outer = [ip_network(each) for each in others]
    return bool(networks) and all(any(_lies_in(ip_network(each), one) for one in outer) for each in networks)


def _lies_in(inner: Any, outer: Any) -> bool:
    return bool(inner.version == outer.version and inner.subnet_of(outer))


def note_registered(scopes: Collection[str], wrong: Problems) -> None:
    """Note scopes with which a key that is limited to registered documents could register some."""
    if effective(scopes, None) & {Scope.SETTINGS_INTEGRATIONS}:
        wrong.note(
            "scopes", "a key limited to registered documents cannot hold settings.integrations, with which it registers"
        )


def _note(field: str, check: Callable[[Any], Any], value: Any, wrong: Problems) -> None:
    try:
        check(value)
    except ValueError as error:
        wrong.note(field, str(error))


_KNOWN: Final = frozenset(Scope)
