"""Requirements as the graph shows them."""

from __future__ import annotations

from datetime import date

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import field, type_for
from schema.records import Record

describe_enum(
    models.RequirementStatus,
    "How far buying has come.",
    {each.name: f"It is {each.value}." for each in models.RequirementStatus},
)


@type_for(models.Requirement, Scope.PURCHASING_VIEW, "Something that is needed, by a job as a rule.")
class Requirement(Record):
    """Something that is needed, by a job as a rule."""

    status: models.RequirementStatus = field("How far buying has come.")
    description: str = field("What is needed, in words.")
    required_on: date | None = field("When it is needed.")
