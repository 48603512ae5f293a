"""Files of the repository that are printed from the code: each path with the function that makes its text."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import resolvers
from access.plans import ANONYMOUS, FILLS_IN, LIMITS, PLANS, Terms, shown
from access.plans import MEANING as LIMIT_MEANING
from access.scopes import MEANING, Scope, grouped
from core import errors
from core.database.sqlstates import TABLE, Refusal
from core.errors import ForgeError
from core.settings import Settings, variable_of
from engine.declare.names import snake
from models.events import EVENTS, family
from resolvers.aggregate import Aggregate
from rest import openapi
from rest.contract import CONTRACTS
from rest.openapi.errors import example_of
from rest.routes import derive
from schema.assembly import graph

ROOT = Path(__file__).parents[1]


def settings_page() -> str:
    """Return docs/settings.md: every setting, what it is for and its default."""
    rows = (f"| `{variable_of(row)}` | {row.metadata['says']} | {row.metadata['doc']} |" for row in fields(Settings))
    return "\n".join(
        (
            "# Settings",
            "",
            "Forge reads its settings once, from the environment. A variable that is empty counts as not set; one that",
            "cannot be used stops the process with its name. Printed from `core/settings.py` by `python -m app docs`.",
            "",
            "| Variable | Default | What it is |",
            "|---|---|---|",
            *rows,
            "",
        ),
    )


def scopes_page() -> str:
    """Return docs/scopes.md: every scope by product and area, what it gives, and what of the graph asks for it."""
    lines = [
        "# Scopes",
        "",
        "A key of any format holds scopes of any product, never more than the person who made it; what that person",
        "loses, the key loses. A missing scope is 403 `insufficient_scope` where a root field or a route asks for it;",
        "a field that asks for one is null in GraphQL, with an error that names the scope, and left out in REST.",
        "",
        "Some scopes imply others:",
        "",
        "- Any write scope of an area of Forge MRP lets a key read that area: `quotes.create` implies `quotes.view`.",
        "- `*` is `documents`, `pipelines` and `utilities`.",
        "- `admin` is every scope there is, also those that later versions add.",
        "- `settings.team` implies `read:users` and `write:users`; `settings.integrations` implies `manage:webhooks`.",
        "- No other scope of FORG implies one: `write:rules` alone does not read rules.",
        "",
        "Printed from `access/scopes.py` and the schema by `python -m app docs`.",
    ]
    guarded = guards()
    for product, areas in grouped().items():
        lines += [
            "",
            f"## {product}",
            "",
            "| Area | Scope | What it lets a key do | Asked for by |",
            "|---|---|---|---|",
        ]
        lines += [_scope_row(area, scope, guarded[scope]) for area, scopes in areas.items() for scope in scopes]
    return "\n".join((*lines, ""))


def _scope_row(area: str, scope: Scope, guarded: list[str]) -> str:
    return f"| {area} | `{scope}` | {MEANING[scope]} | {', '.join(f'`{each}`' for each in guarded)} |"


def guards() -> dict[str, list[str]]:
    """Return for each scope the root fields, types and fields of the graph that ask for it, and routes of their own."""
    found: dict[str, list[str]] = {scope: [] for scope in Scope}
    for (kind, name), root in graph().roots.items():
        if root.operation.scope is not None:
            found[root.operation.scope].append(f"{kind.capitalize()}.{name}")
    for route in derive(graph()):
        if route.root in graph().rest_only and route.root.operation.scope is not None:
            found[route.root.operation.scope].append(f"{route.method} {route.path}")
    for spec in graph().catalogue.types.values():
        found[spec.scope].append(spec.name)
        for field in spec.fields.values():
            if field.scope is not None:
                found[field.scope].append(f"{spec.name}.{field.key}")
    return found


def plans_page() -> str:
    """Return docs/plans.md: what each plan allows, and what takes its place."""
    names = [str(plan) for plan in PLANS]
    rows = (
        f"| `{name}` | {LIMIT_MEANING[name]} | {' | '.join(_figure(name, terms) for terms in PLANS.values())} |"
        for name in LIMITS
    )
    return "\n".join(
        (
            "# Plans",
            "",
            "A company has one plan. Each row is a limit; a company may have a value of its own for each, which takes",
            "the plan's place (`companies set --help`). 0 in `companies.limits` is no limit.",
            "`GET /api/v1/me`, `myAccess` and `python -m app companies list --json` tell what holds; null is no limit.",
            "A change holds for the next request of every key. Keys and endpoints over a lower limit stay.",
            "Printed from `access/plans.py` by `python -m app docs`.",
            "",
            f"| Limit | What it is | {' | '.join(names)} |",
            f"|---|---|{'---|' * len(names)}",
            *rows,
            "",
            "A window of requests is 60 s from a key's first request; a request over the limit is 429. Points are",
            f"a bucket that fills in {FILLS_IN} s. Without a good key requests are counted by address: {ANONYMOUS} a",
            "minute. While Valkey is away each process counts by itself, by the same figures. A key over `keys`, or an",
            "endpoint over `endpoints`, is a `conflict`. A key of a format that the plan does not have is a",
            "`validation_error`.",
            "",
        ),
    )


def _figure(name: str, terms: Terms) -> str:
    value = shown(name, getattr(terms, name))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unlimited" if value is None else f"{value:,}"


def events_page() -> str:
    """Return docs/events.md: every event, when it is told, and the scope its endpoint's key needs."""
    scopes = {snake(spec.name): spec.scope for spec in graph().catalogue.types.values()}
    rows = (f"| `{name}` | {EVENTS[name]} | `{scopes[family(name)]}` |" for name in EVENTS)
    return "\n".join(
        (
            "# Events",
            "",
            "What webhook endpoints can subscribe to: an event by name, a family (`quote.*`), or everything (`*`). The",
            'body of a delivery is `{"type", "created_at", "data"}`; `data` is the record as REST shows it, as it',
            "was when the event's change was committed. An endpoint is told what the key that made it may see:",
            "`*` leaves out a family without its scope, what is named without it is refused when the endpoint is made,",
            "and a field without its scope is left out.",
            "Printed from `models/events.py` and the schema by `python -m app docs`.",
            "",
            "| Event | When | Scope |",
            "|---|---|---|",
            *rows,
            "",
        ),
    )


def aggregates() -> list[Aggregate[Any]]:
    """Return what the modules of `resolvers` declare, by name."""
    modules = [importlib.import_module(f"resolvers.{each.name}") for each in pkgutil.iter_modules(resolvers.__path__)]
    found = {each.name: each for module in modules for each in vars(module).values() if isinstance(each, Aggregate)}
    return [found[name] for name in sorted(found)]


def states_page() -> str:
    """Return docs/states.md: for every record that has moves, its states and what leads from one to another."""
    lines = [
        "# States",
        "",
        "What moves a record from one state to another. Any other move is a `conflict` and changes nothing; of two at",
        "once, one wins. Printed from the moves in `resolvers/` by `python -m app docs`.",
    ]
    for each in aggregates():
        if each.moves:
            lines += ["", f"## {each.model.__name__}", "", "```mermaid", "stateDiagram-v2", *_arrows(each), "```", ""]
            if each.editable:
                lines += [f"Its content may be changed while it is {', '.join(each.editable)}.", ""]
            if each.locked:
                lines += [f"Nothing of it changes while it is {' or '.join(each.locked)}.", ""]
            lines += ["| Move | From | To | |", "|---|---|---|---|"]
            lines += [f"| `{move.verb}` | {', '.join(move.by)} | {move.to} | {move.about} |" for move in each.moves]
    return "\n".join((*lines, ""))


def _arrows(of: Aggregate[Any]) -> list[str]:
    first = of.model.model_fields["status"].default
    return [f"    [*] --> {first}", *(f"    {one} --> {move.to}: {move.verb}" for move in of.moves for one in move.by)]


def errors_page() -> str:
    """Return docs/errors.md: every code, its status and when it is answered."""
    rows = (f"| `{kind.code}` | {int(kind.status)} | {_first_line(kind)} |" for kind in error_classes())
    return "\n".join(
        (
            "# Errors",
            "",
            'REST answers `{"error": {"code", "message", "request_id"}}`, and `field` where it is about one; GraphQL',
            "puts the code into `extensions.code`, beside the field and the scope it is about and the request's id.",
            "The routes of Forge Json and of FORG tell the same errors in their own words, below and in",
            "[the three contracts](contracts.md).",
            "429 and 503 carry `Retry-After` in seconds; so does 409 for a request whose `Idempotency-Key` still runs.",
            "",
            "A `validation_error` of REST tells everything that is wrong, up to 100 problems; `message` and `field`",
            "are those of the first. Fields are paths in the names of REST: `parts[2].quantity`, `custom_fields.heat`,",
            "`inputs[17].name` of a row of many, `total[gte]` of a query string. What only the data can tell, such",
            "as an unknown id, is told when all else is right. A malformed cursor is a `bad_request` by itself; beside",
            "other problems it is one of them.",
            "",
            "```json",
            '{"error": {"code": "validation_error", "message": "title: must not be blank", "field": "title",',
            ' "details": [{"field": "title", "message": "must not be blank"},',
            '             {"field": "parts[2].quantity", "message": "must be more than 0"}],',
            ' "request_id": "4f0c9b1e2a447d3f"}}',
            "```",
            "",
            "Printed from `core/errors.py` by `python -m app docs`.",
            "",
            "| Code | Status | When |",
            "|---|---|---|",
            *rows,
            *_in_contracts(),
            "",
            "## What PostgreSQL says, and what is answered",
            "",
            "By SQLSTATE, or by its class, which is its first two characters; the longer one counts. What is logged is",
            "for the operator, in PostgreSQL's own words. Anything else is `internal` (500), and in the log with its",
            "trace. A read answers `unavailable` where a write answers `conflict` with `Retry-After`.",
            "Printed from `core/database/sqlstates.py`.",
            "",
            "| SQLSTATE | It means | Answer | `Retry-After` | Logged |",
            "|---|---|---|---|---|",
            *(_refusal_row(row) for row in sorted(TABLE, key=lambda row: row.sqlstate)),
            "",
        ),
    )


def _in_contracts() -> list[str]:
    """What docs/errors.md says of how each contract tells the errors, and a stale `If-Match`."""
    told = [[example_of(contract, kind) for contract in CONTRACTS] for kind in error_classes()]
    names = [f"`{kind.code}`" for kind in error_classes()]
    rows = [(name, [f"{each.status} {each.named}" for each in row]) for name, row in zip(names, told, strict=True)]
    stale = [f"{int(contract.stale)}" for contract in CONTRACTS]
    return [
        "",
        "## In the three contracts",
        "",
        "The status and the code of each error. A stale `If-Match` is a `conflict`. Printed from `rest/contract.py`.",
        "",
        f"| Error | {' | '.join(contract.title for contract in CONTRACTS)} |",
        "|---|---|---|---|",
        *(f"| {name} | {' | '.join(row)} |" for name, row in (*rows, ("stale `If-Match`", stale))),
    ]


def _refusal_row(row: Refusal) -> str:
    after = "" if row.retry_after is None else f"{row.retry_after} s"
    answer = f"`{row.kind.code}` ({int(row.kind.status)})"
    return f"| `{row.sqlstate}` | {row.meaning} | {answer} | {after} | {'yes' if row.operator else ''} |"


def error_classes() -> list[type[ForgeError]]:
    """Return the classes of errors that callers can get, in the order they are declared."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ForgeError)]
    return [each for each in kinds if each is not ForgeError]


def _first_line(kind: type[ForgeError]) -> str:
    return (kind.__doc__ or "").split("\n", 1)[0]


FILES: Mapping[str, Callable[[], str]] = {
    "docs/settings.md": settings_page,
    "docs/scopes.md": scopes_page,
    "docs/plans.md": plans_page,
    "docs/errors.md": errors_page,
    "docs/events.md": events_page,
    "docs/states.md": states_page,
    "schema/schema.graphql": lambda: graph().sdl(),
    "rest/openapi.json": lambda: openapi.text(graph()),
}
