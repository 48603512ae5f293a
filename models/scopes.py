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
    QUOTES_APPROVE = "quotes.approve"
    QUOTES_CONVERT = "quotes.convert"
    PARTS_VIEW = "parts.view"
    PARTS_CREATE = "parts.create"
    PARTS_EDIT = "parts.edit"
    PARTS_DELETE = "parts.delete"
    PARTS_RELEASE = "parts.release"
    SUPPLIERS_VIEW = "suppliers.view"
    SUPPLIERS_CREATE = "suppliers.create"
    SUPPLIERS_EDIT = "suppliers.edit"
    SUPPLIERS_DELETE = "suppliers.delete"
    PURCHASING_VIEW = "purchasing.view"
    PURCHASING_CREATE = "purchasing.create"
    PURCHASING_EDIT = "purchasing.edit"
    PURCHASING_DELETE = "purchasing.delete"
    PURCHASING_SEND = "purchasing.send"
    PURCHASING_AWARD = "purchasing.award"
    PURCHASING_RECEIVE = "purchasing.receive"
    INVENTORY_VIEW = "inventory.view"
    INVENTORY_CREATE = "inventory.create"
    INVENTORY_EDIT = "inventory.edit"
    INVENTORY_DELETE = "inventory.delete"
    INVENTORY_ADJUST = "inventory.adjust"
    JOBS_VIEW = "jobs.view"
    JOBS_CREATE = "jobs.create"
    JOBS_EDIT = "jobs.edit"
    JOBS_DELETE = "jobs.delete"
    JOBS_RELEASE = "jobs.release"
    JOBS_CLOSE = "jobs.close"
    PRODUCTION_VIEW = "production.view"
    PRODUCTION_CREATE = "production.create"
    PRODUCTION_EDIT = "production.edit"
    PRODUCTION_DELETE = "production.delete"
    PRODUCTION_RUN = "production.run"
    ATTACHMENTS_VIEW = "attachments.view"
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
