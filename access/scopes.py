"""What scopes mean, and what they imply; a key of any format may hold any of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from models.scopes import Product, Scope

__all__ = ["MEANING", "Product", "Scope", "effective", "expand", "grouped"]


MEANING: dict[Scope, str] = {
    Scope.CLIENTS_VIEW: "Read clients, their addresses and the people there.",
    Scope.CLIENTS_CREATE: "Create clients.",
    Scope.CLIENTS_EDIT: "Change clients.",
    Scope.CLIENTS_DELETE: "Delete clients.",
    Scope.QUOTES_VIEW: "Read quotes and everything in them.",
    Scope.QUOTES_CREATE: "Create quotes.",
    Scope.QUOTES_EDIT: "Change draft quotes.",
    Scope.QUOTES_DELETE: "Delete draft quotes.",
    Scope.QUOTES_SEND: "Send quotes to clients.",
    Scope.QUOTES_APPROVE: "Note what clients say of quotes: approved, lost.",
    Scope.QUOTES_CONVERT: "Make jobs of approved quotes.",
    Scope.PARTS_VIEW: "Read parts, bills of materials, routings and work centers.",
    Scope.PARTS_CREATE: "Create parts and work centers.",
    Scope.PARTS_EDIT: "Change draft parts, and work centers.",
    Scope.PARTS_DELETE: "Delete parts and work centers.",
    Scope.PARTS_RELEASE: "Release revisions of parts, and make them obsolete.",
    Scope.SUPPLIERS_VIEW: "Read suppliers, the people there, and their prices.",
    Scope.SUPPLIERS_CREATE: "Create suppliers and what they sell.",
    Scope.SUPPLIERS_EDIT: "Change suppliers and what they sell.",
    Scope.SUPPLIERS_DELETE: "Delete suppliers and what they sell.",
    Scope.PURCHASING_VIEW: "Read requirements, requests for quotation, purchase orders and receipts.",
    Scope.PURCHASING_CREATE: "Create requirements, requests for quotation and purchase orders.",
    Scope.PURCHASING_EDIT: "Change requirements, and draft requests and purchase orders; record what suppliers answer.",
    Scope.PURCHASING_DELETE: "Delete requirements, and draft requests and purchase orders.",
    Scope.PURCHASING_SEND: "Send, acknowledge, close and cancel requests and purchase orders.",
    Scope.PURCHASING_AWARD: "Award requests for quotation: purchase orders are made of the answers.",
    Scope.PURCHASING_RECEIVE: "Post and void receipts.",
    Scope.INVENTORY_VIEW: "Read stock, its locations, movements, reservations and counts.",
    Scope.INVENTORY_CREATE: "Create locations, reservations and counts; bring stock to other locations.",
    Scope.INVENTORY_EDIT: "Change locations, reservations, open counts and items; release reservations.",
    Scope.INVENTORY_DELETE: "Delete locations, reservations, open counts, and items where nothing lies.",
    Scope.INVENTORY_ADJUST: "Adjust and scrap stock, hold it back and release it, post counts.",
    Scope.JOBS_VIEW: "Read jobs and what they make.",
    Scope.JOBS_CREATE: "Create jobs.",
    Scope.JOBS_EDIT: "Change draft jobs; put jobs on hold.",
    Scope.JOBS_DELETE: "Delete draft jobs.",
    Scope.JOBS_RELEASE: "Release and start jobs.",
    Scope.JOBS_CLOSE: "Complete, close and cancel jobs.",
    Scope.PRODUCTION_VIEW: "Read work orders.",
    Scope.PRODUCTION_CREATE: "Create work orders.",
    Scope.PRODUCTION_EDIT: "Change work orders.",
    Scope.PRODUCTION_DELETE: "Delete work orders that have not begun.",
    Scope.PRODUCTION_RUN: "Start, pause and finish work orders; issue and return material.",
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
