"""docs/coverage.md: each noun of the first documents, where it is found at every door, and the test of its life."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.record import Line, Row, parent_of
from engine.declare.catalogue import TypeSpec
from engine.declare.names import snake
from models.events import EVENTS, family
from rest.routes import Route, derive
from schema.assembly import graph

ROOT: Final = Path(__file__).parents[1]
NOUNS: Final = (
    ("quotes", ("Quote",)),
    ("jobs", ("Job",)),
    ("clients", ("Client",)),
    ("suppliers", ("Supplier",)),
    ("purchase orders", ("PurchaseOrder",)),
    ("RFQs", ("Rfq",)),
    ("inventory", ("InventoryItem", "StockLocation", "StockMovement", "Reservation", "StockCount")),
    ("parts, bills of materials, routings", ("Part",)),
    ("requirements", ("Requirement",)),
    ("receipts", ("Receipt",)),
    ("work centers, work orders", ("WorkCenter", "WorkOrder")),
    ("addresses, contacts", ("Client", "Supplier")),
    ("attachments", ("Attachment",)),
    ("custom fields", ("CustomFieldDefinition",)),
    ("webhooks", ("WebhookEndpoint", "WebhookDelivery", "WebhookAttempt")),
    ("people, roles, teams", ("User", "Role", "Team")),
    ("API keys", ("ApiKey",)),
    ("activity, audit", ("ActivityEntry", "AuditEntry")),
    ("documents (Forge Json)", ("Document", "Folder")),
    ("time on the shop floor", ()),
    ("shipments", ()),
    ("invoices", ()),
    ("inspections", ()),
    ("pipelines, sessions, rules, budgets (Forge Json, FORG)", ()),
)
"""What the first documents speak of, and the types of the graph that hold it; none: not built yet."""

_ELSEWHERE: Final = {
    "AuditEntry": "audit",
    "CustomFieldDefinition": "every_record",
    "Folder": "documents",
    "IntakeFile": "intake_mappings",
    "Role": "people",
    "StockMovement": "inventory",
    "SupplierPart": "suppliers",
    "SandboxRequest": "sandbox_sink",
    "Team": "people",
    "User": "people",
    "WebhookAttempt": "attempts",
    "WebhookDelivery": "resending",
    "WorkCenter": "parts",
}
"""Types whose test is named otherwise."""


def coverage_page() -> str:
    """Return docs/coverage.md."""
    types = graph().catalogue.types
    nouns = (f"| {noun} | {', '.join(f'`{each}`' for each in held) or 'not yet'} |" for noun, held in NOUNS)
    records = (_row(types[name], found) for name, found in sorted(_routes().items()))
    return "\n".join(
        (
            "# Coverage",
            "",
            "What the documents that Forge began with speak of, the type of the graph that holds it, and for each type",
            "its routes below `/api/v1`, its root fields, its events, and the test of its life through both doors.",
            "Its states are drawn in [states.md](states.md). Printed from the schema by `python -m app docs`.",
            "",
            "| Noun | Types |",
            "|---|---|",
            *nouns,
            "",
            "| Type | Routes | GraphQL | Events | Test |",
            "|---|---|---|---|---|",
            *records,
            "",
        ),
    )


def _routes() -> dict[str, list[Route]]:
    """The routes of each type: those that answer it, and those on its ids."""
    found: dict[str, list[Route]] = {}
    for route in derive(graph()):
        spec = route.record or route.root.target
        if spec is not None:
            found.setdefault(graph().catalogue.by_model[record_of(spec.model)].name, []).append(route)
    return found


def record_of(model: type[Row]) -> type[Row]:
    """The record that a line lies in, at whatever depth; else the model itself."""
    while issubclass(model, Line):
        model = parent_of(model)
    return model


def _row(spec: TypeSpec, routes: list[Route]) -> str:
    methods: dict[str, list[str]] = {}
    for route in routes:
        methods.setdefault(route.path, []).append(route.method)
    paths = "<br>".join(f"{' '.join(dict.fromkeys(ways))} `{path}`" for path, ways in methods.items())
    fields = ", ".join(f"`{name}`" for name in dict.fromkeys(route.root.name for route in routes))
    events = ", ".join(f"`{name.partition('.')[2]}`" for name in EVENTS if family(name) == snake(spec.name))
    test = next(life_of(spec, routes), None)
    return f"| `{spec.name}` | {paths} | {fields} | {events} | {f'`{test}`' if test else ''} |"


def life_of(spec: TypeSpec, routes: list[Route]) -> Iterator[str]:
    """The test files that are named for a type, for its route or for itself, those of resources first."""
    first = routes[0].path.strip("/").partition("/")[0]
    names = dict.fromkeys((first.replace("-", "_"), snake(spec.name), _ELSEWHERE.get(spec.name, "")))
    for name in names:
        found = (path.relative_to(ROOT).as_posix() for path in ROOT.glob(f"tests/*/test_{name}.py"))
        yield from sorted(found, key=lambda path: (not path.startswith("tests/resources/"), path))
