"""API keys: made with no more rights than their maker has, shown once, rotated, revoked at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from access.credentials import Pepper, make_key, masked, public_id_of
from access.keys import note_expiry, note_networks, note_registered, note_rules, note_scopes, within
from access.plans import check_keys
from core.errors import Conflict, ForgeError
from core.problems import Problems
from core.values.checked import Whole
from core.values.ids import new_id
from engine.declare.rows import Rows
from engine.run.context import Command
from models import ApiKey, Environment, KeyFormat, KeyStatus
from resolvers.aggregate import Aggregate, now
from resolvers.versions import ExpectedVersion

LONGEST_GRACE: Final = 2_592_000
"""Seconds, 30 days, for which a key that was rotated may stay good."""
_GRACE: Final = 86_400
_Grace = Annotated[
    int,
    Whole(0, LONGEST_GRACE),
    f"Seconds for which the old key stays good: up to {LONGEST_GRACE:,}, which are 30 days; 0 revokes it at once.",
]
_KEPT: Final = (
    "name",
    "format",
    "environment",
    "scopes",
    "expires_at",
    "allowed_cidrs",
    "registered_only",
    "tags",
    "notes",
)
"""What a rotated key and its twin have in common."""
_REACH: Final = ("expires_at", "allowed_cidrs")
"""What bounds the use of a key."""


async def _examine(ctx: Command, key: ApiKey, given: Mapping[str, Any], wrong: Problems) -> None:
    """Note what is wrong with what is to be set; refuse a scope that the caller lacks."""
    note_expiry(given.get("expires_at"), wrong)
    if "format" in given:
        form, environment = KeyFormat(given["format"]), Environment(given.get("environment", Environment.LIVE))
        note_rules(ctx.principal.limits, form, environment, wrong)
    note_networks(given.get("allowed_cidrs", ()), wrong)
    if "format" in given or given.keys() & {*_REACH}:
        await _note_beyond(ctx, {name: given.get(name, getattr(key, name)) for name in _REACH}, wrong)
    if "scopes" in given:
        note_scopes(given["scopes"], wrong)
        if given.get("registered_only"):
            note_registered(given["scopes"], wrong)
        if not wrong.any:
            check_scopes(ctx, given["scopes"], "scopes.{}")


async def _prepare(ctx: Command, key: ApiKey, given: dict[str, Any]) -> None:
    """Make the key itself of a new one; of one that is there, tell what it may lose."""
    if key.public_id is None:
        await give_secret(ctx, key, KeyFormat(given["format"]), Environment(given["environment"]))
        return
    if key.status == KeyStatus.REVOKED:
        raise Conflict("The key is revoked: nothing of it can be changed", field="id")
    check_scopes(ctx, key.scopes, "id")
    if given.keys() & {*_REACH}:
        _check_reach(ctx, key, given)
        ctx.withdraw([key.public_id])


def _check_reach(ctx: Command, key: ApiKey, given: Mapping[str, Any]) -> None:
    """Refuse to bring back a key that has ended, to let one outlast its rotation, and to let one free itself."""
    ends, wanted = key.expires_at, given.get("expires_at", key.expires_at)
    later = ends is not None and (wanted is None or wanted > ends)
    if ends is not None and ends <= now():
        raise Conflict("The key has expired: make another", field="id")
    if key.replaced_at is not None and later:
        raise Conflict("The key was rotated: it can end earlier than that said, and no later", field="expiresAt")
    if key.id == ctx.principal.key_id and (later or "allowed_cidrs" in given):
        raise Conflict("A key can neither put off its own end nor change its own networks", field="id")


async def _note_beyond(ctx: Command, wanted: Mapping[str, Any], wrong: Problems) -> None:
    """Note an end or networks that go beyond those of the key that asks for them."""
    found = await ctx.unit.find(ApiKey, id=ctx.principal.key_id)
    if not found:
        return
    [ours] = found
    ends = ours.expires_at
    if ends is not None and (wanted["expires_at"] is None or wanted["expires_at"] > ends):
        wrong.note("expires_at", f"no later than the key that asks for it ends, {ends:%Y-%m-%dT%H:%M:%SZ}")
    if ours.allowed_cidrs and not within(wanted["allowed_cidrs"] or (), ours.allowed_cidrs):
        wrong.note("allowed_cidrs", "at least one, and each within those of the key that asks for it")


async def give_secret(ctx: Command, key: ApiKey, form: KeyFormat, environment: Environment) -> None:
    """Make the text of a key, which the command's answer alone shows; its digest is kept where nobody can read it."""
    text = make_key(form, environment)
    key.public_id, key.key_hint = public_id_of(text) or "", masked(text)
    key.user_id = ctx.principal.user_id
    await ctx.unit.call("keep_digest", key.id, Pepper(ctx.installation.secrets).digest(text))
    ctx.show_once(key.key_hint, text)


def check_scopes(ctx: Command, scopes: list[str], field: str) -> None:
    """Raise InsufficientScope for a scope that the caller does not hold."""
    for place, scope in enumerate(scopes):
        ctx.principal.require(scope, field=field.format(place))


async def _revoke(ctx: Command, key: ApiKey) -> None:
    ctx.withdraw([key.public_id])


def _revoked(key: ApiKey) -> None:
    key.revoked_at = now()


async def _admit(ctx: Command) -> None:
    """Refuse one good key more than the plan allows. Creations wait for each other here, so none passes by."""
    good = await ctx.unit.call("good_keys")
    if "keys" in ctx.principal.limits:
        check_keys(ctx.principal.limits, good + ctx.counted(ApiKey))


API_KEYS = Aggregate(ApiKey, prepare=_prepare, examine=_examine, admit=_admit, family="api_key")

api_keys = API_KEYS.page("List the API keys of the company, live and test ones, revoked ones too.")
api_key = API_KEYS.get("One API key by its id; null when there is none.")
create_api_key = API_KEYS.create(
    "Make an API key; this answer alone shows it whole.\n\n"
    "It acts in your name, and holds no scope that you do not hold, now and whenever it is used: what you lose, it\n"
    "loses. A key made with a key holds at most that key's scopes.",
    "What the key is for, what it opens and what it may do. Format, environment and scopes stay as they are made.",
)
update_api_key = API_KEYS.update(
    "Change what a key is called, when it ends, or from where it may be used. For other scopes make another key.",
    "What to change of a key: null clears, what is left out stays; the list of networks is the whole list.",
)
revoke_api_key = API_KEYS.move(
    "revoke",
    (KeyStatus.ACTIVE,),
    KeyStatus.REVOKED,
    "Revoke a key at once, everywhere: what is under way with it ends with 401, and what it was writing is undone.",
    effect=_revoked,
    arrange=_revoke,
)
API_KEYS.events.add("api_key.rotated")


async def rotate_api_key(
    ctx: Command, id: UUID, grace_seconds: _Grace = _GRACE, expected_version: ExpectedVersion = None
) -> Rows[ApiKey]:
    """Make a key with the same scopes in place of another; this answer alone shows it whole.

    The old one stays good for the grace, so that nothing fails while the new one is put in its place; `warnings` of
    the old one tells when it was used after that. You must hold every scope of the key; the new one acts in your name.
    """
    old = await API_KEYS.lock(ctx, id, expected_version)
    if old.status == KeyStatus.REVOKED or (old.expires_at is not None and old.expires_at <= now()):
        raise Conflict("The key is good no more: make another", field="id")
    if old.replaced_by_id is not None:
        raise Conflict("The key was rotated already", field="id")
    check_scopes(ctx, old.scopes, "id")
    twin = ApiKey(id=new_id(ApiKey), **{name: getattr(old, name) for name in _KEPT})
    _check_allowed(ctx, twin)
    if grace_seconds:
        await _admit(ctx)
    await give_secret(ctx, twin, KeyFormat(twin.format), Environment(twin.environment))
    old.replaced_by_id, old.replaced_at = twin.id, now()
    ends = now() + timedelta(seconds=grace_seconds)
    old.expires_at = ends if old.expires_at is None else min(ends, old.expires_at)
    if not grace_seconds:
        old.status, old.revoked_at, old.expires_at = KeyStatus.REVOKED, now(), twin.expires_at
    ctx.withdraw([old.public_id])
    made = ctx.save(twin, event="api_key.created")
    ctx.save(old, event="api_key.rotated")
    return made


def _check_allowed(ctx: Command, key: ApiKey) -> None:
    """Raise Conflict when the company's plan allows no such key any more."""
    wrong = Problems()
    note_rules(ctx.principal.limits, KeyFormat(key.format), Environment(key.environment), wrong)
    if wrong.any:
        error: ForgeError = wrong.error()
        raise Conflict(error.message, field="id")
