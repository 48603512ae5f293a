"""The roles that each company begins with, and the scopes they hold (contracts.md §1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from access.scopes import Scope


@dataclass(frozen=True, slots=True)
class DefaultRole:
    """A role that each company has: `grants` are scopes, or areas as `quotes.*`; areas that are yet to come count."""

    name: str
    description: str
    grants: tuple[str, ...] = ()
    holds_all: bool = False

    @property
    def scopes(self) -> list[str]:
        """The scopes there are now that it holds; none are listed where it holds all."""
        areas = {each.removesuffix(".*") for each in self.grants if each.endswith(".*")}
        return sorted(scope for scope in Scope if "." in scope and (scope.area in areas or scope in self.grants))


ADMIN: Final = DefaultRole("Admin", "Everything.", holds_all=True)
DEFAULT_ROLES: Final = (
    ADMIN,
    DefaultRole(
        "Estimator",
        "Quotes and all that goes into them.",
        (
            *("quotes.*", "jobs.*", "purchasing.*", "clients.*", "suppliers.*", "inventory.*", "parts.*", "costs.*"),
            *("custom_fields.view", "tasks.view"),
        ),
    ),
    DefaultRole(
        "Supervisor",
        "Runs the shop floor.",
        ("jobs.*", "production.*", "timesheets.*", "purchasing.view", "inventory.*"),
    ),
    DefaultRole("Operator", "Works on jobs.", ("jobs.view", "production.*", "inventory.view")),
    DefaultRole(
        "QC Inspector",
        "Inspects what was made.",
        ("jobs.view", "production.view", "inventory.view", "inspections.*", "quality.*"),
    ),
)
