"""The names of scopes: one registry, in the words of the product that documents each.

Forge MRP names a scope `area.verb`, Forge Json by its area, FORG `verb:area`. What they mean, and what they imply, says
`access.scopes`.
"""

from __future__ import annotations

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
