"""The one registry of scopes: what a key may do, named `area.verb`.

Holding any write scope of an area also lets a key read that area (`quotes.create` implies `quotes.view`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


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
    SETTINGS_INTEGRATIONS = "settings.integrations"

    @property
    def area(self) -> str:
        """The family of resources the scope is about: `quotes` of `quotes.send`."""
        return self.value.partition(".")[0]

    @property
    def verb(self) -> str:
        """What the scope lets a key do there: `send` of `quotes.send`."""
        return self.value.partition(".")[2]


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
    Scope.SETTINGS_INTEGRATIONS: "Manage keys, webhook endpoints and registered documents.",
}


_VALUES = frozenset(scope.value for scope in Scope)


def expand(granted: Iterable[str]) -> frozenset[str]:
    """Add what the granted scopes imply: any write scope of an area gives that area's `view`."""
    scopes = set(granted)
    views = {scope.partition(".")[0] + ".view" for scope in scopes}
    return frozenset(scopes | views & _VALUES)
