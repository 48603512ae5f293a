"""The one registry of scopes: what a key may do, in the words of the product that documents it.

Forge MRP names a scope `area.verb`, Forge Json by its area, FORG `verb:area`. A key of any format may hold any of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Product(StrEnum):
    """A product whose documentation names scopes."""

    MRP = "Forge MRP"
    JSON = "Forge Json"
    FORG = "FORG"


EVERYTHING: Final = "everything"
"""The area of a scope that gives several areas at once."""


class Scope(StrEnum):
    """A permission; its value is what keys, errors and the SDL show."""

    CLIENTS_VIEW = "clients.view"
    CLIENTS_CREATE = "clients.create"
    CLIENTS_EDIT = "clients.edit"
    CLIENTS_DELETE = "clients.delete"
    QUOTES_VIEW = "quotes.view"
    QUOTES_CREATE = "quotes.create"
    QUOTES_EDIT = "quotes.edit"
    QUOTES_DELETE = "quotes.delete"
    QUOTES_SEND = "quotes.send"
    TASKS_VIEW = "tasks.view"
    TASKS_CANCEL = "tasks.cancel"
    COSTS_VIEW = "costs.view"
    CUSTOM_FIELDS_VIEW = "custom_fields.view"
    CUSTOM_FIELDS_CREATE = "custom_fields.create"
    CUSTOM_FIELDS_EDIT = "custom_fields.edit"
    CUSTOM_FIELDS_DELETE = "custom_fields.delete"
    AUDIT_VIEW = "audit.view"
    SETTINGS_TEAM = "settings.team"
    SETTINGS_INTEGRATIONS = "settings.integrations"
    DOCUMENTS = "documents"
    PIPELINES = "pipelines"
    UTILITIES = "utilities"
    ALL_JSON = "*"
    READ_SESSIONS = "read:sessions"
    READ_RULES = "read:rules"
    WRITE_RULES = "write:rules"
    READ_REPORTS = "read:reports"
    READ_USERS = "read:users"
    WRITE_USERS = "write:users"
    MANAGE_WEBHOOKS = "manage:webhooks"
    ADMIN = "admin"

    @property
    def product(self) -> Product:
        """The product whose documentation names the scope."""
        if "." in self.value:
            return Product.MRP
        return Product.FORG if ":" in self.value or self is Scope.ADMIN else Product.JSON

    @property
    def area(self) -> str:
        """The family of resources the scope is about: `quotes` of `quotes.send`, `rules` of `write:rules`."""
        if self in {Scope.ALL_JSON, Scope.ADMIN}:
            return EVERYTHING
        return self.value.partition(".")[0].rpartition(":")[2]


MEANING: dict[Scope, str] = {
    Scope.CLIENTS_VIEW: "Read clients and the people there.",
    Scope.CLIENTS_CREATE: "Create clients.",
    Scope.CLIENTS_EDIT: "Change clients.",
    Scope.CLIENTS_DELETE: "Delete clients.",
    Scope.QUOTES_VIEW: "Read quotes and everything in them.",
    Scope.QUOTES_CREATE: "Create quotes.",
    Scope.QUOTES_EDIT: "Change draft quotes.",
    Scope.QUOTES_DELETE: "Delete draft quotes.",
    Scope.QUOTES_SEND: "Send quotes to clients.",
    Scope.TASKS_VIEW: "Read tasks: what runs in the background, and what came of it.",
    Scope.TASKS_CANCEL: "Cancel tasks.",
    Scope.COSTS_VIEW: "Read every cost field, wherever it appears.",
    Scope.CUSTOM_FIELDS_VIEW: "Read the definitions of custom fields; their values are read with their records.",
    Scope.CUSTOM_FIELDS_CREATE: "Define custom fields.",
    Scope.CUSTOM_FIELDS_EDIT: "Change and archive custom fields.",
    Scope.CUSTOM_FIELDS_DELETE: "Delete custom fields.",
    Scope.AUDIT_VIEW: "Read who changed what, of the records whose area the key may view.",
    Scope.SETTINGS_TEAM: "Manage people, roles and teams.",
    Scope.SETTINGS_INTEGRATIONS: "Manage keys, webhook endpoints and registered documents.",
    Scope.DOCUMENTS: "Read, create, update and delete JSON documents.",
    Scope.PIPELINES: "Run saved pipelines.",
    Scope.UTILITIES: "Run utilities.",
    Scope.ALL_JSON: "All permissions of Forge Json.",
    Scope.READ_SESSIONS: "Read sessions and events.",
    Scope.READ_RULES: "Read rules and budgets.",
    Scope.WRITE_RULES: "Create, update and delete rules and budgets.",
    Scope.READ_REPORTS: "Read reports of usage and cost.",
    Scope.READ_USERS: "List and read people and teams.",
    Scope.WRITE_USERS: "Change the settings and limits of people.",
    Scope.MANAGE_WEBHOOKS: "Register, list and delete webhooks.",
    Scope.ADMIN: "Everything: each scope there is, also those of later versions.",
}

_EVERY: Final = frozenset(scope.value for scope in Scope)
_IMPLIED: Final[dict[str, frozenset[str]]] = {
    Scope.SETTINGS_TEAM: frozenset({Scope.READ_USERS.value, Scope.WRITE_USERS.value}),
    Scope.SETTINGS_INTEGRATIONS: frozenset({Scope.MANAGE_WEBHOOKS.value}),
    Scope.ALL_JSON: frozenset({Scope.DOCUMENTS.value, Scope.PIPELINES.value, Scope.UTILITIES.value}),
    Scope.ADMIN: _EVERY,
}
"""What a scope implies beside the `view` of its area."""


def expand(granted: Iterable[str]) -> frozenset[str]:
    """Add what the granted scopes imply.

    Any scope of an area of Forge MRP gives that area's `view`; in FORG no other scope than `admin` implies one.
    """
    scopes = set(granted)
    views = {scope.partition(".")[0] + ".view" for scope in scopes}
    return frozenset(scopes | views & _EVERY).union(*(_IMPLIED[scope] for scope in scopes & _IMPLIED.keys()))


def effective(granted: Iterable[str], held: Iterable[str] | None) -> frozenset[str]:
    """The scopes of a key: those it was granted, as far as its person holds them (None: all there are)."""
    scopes = expand(granted)
    return scopes if held is None else scopes & expand(held)


def grouped() -> dict[Product, dict[str, list[Scope]]]:
    """Every scope by product and area, in the order of the registry."""
    found: dict[Product, dict[str, list[Scope]]] = {product: {} for product in Product}
    for scope in Scope:
        found[scope.product].setdefault(scope.area, []).append(scope)
    return found
