"""Intake mappings as the graph shows them."""

from __future__ import annotations

from typing import Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, field, many, one, type_for
from engine.graph.operations import operation
from formats.tables import DateOrder, TableField, TableFormat
from resolvers import intake_mappings
from schema.clients import Client
from schema.records import RecordBase

VIEW = Scope.QUOTES_VIEW
describe_enum(
    TableFormat,
    "What orders are written in.",
    {
        "CSV": "Rows with a heading, each a line of an order; rows of one order number are one order.",
        "JSON": "Objects, each an order with a list of its lines.",
    },
)
describe_enum(
    DateOrder,
    "In which order a date has its parts, whatever stands between them.",
    {
        "YMD": "The year first: `2026-01-31`, `20260131`.",
        "DMY": "The day first: `31.01.2026`, `31/1/26`.",
        "MDY": "The month first: `01/31/2026`, `1-31-26`.",
    },
)
describe_enum(
    TableField,
    "What a column of an order may hold.",
    {
        "ORDER_NUMBER": "The client's purchase order number.",
        "CLIENT": "The client's code, or one of its external ids.",
        "ORDERED_ON": "The day of the order.",
        "DUE_ON": "The day that the whole order is wanted.",
        "CURRENCY": "The ISO 4217 code; the workspace's currency where it is left out.",
        "CUSTOMER_RFQ_NUMBER": "The number of the request that the order follows.",
        "NOTES": "Free text.",
        "PART_NUMBER": "The shop's part number.",
        "CUSTOMER_PART_NUMBER": "The client's part number.",
        "DESCRIPTION": "What is ordered, in words.",
        "QUANTITY": "How many.",
        "UNIT": "The unit, by its code of Recommendation 20 or of X12; pieces where it is left out.",
        "UNIT_PRICE": "The price of one unit.",
        "LINE_DUE_ON": "The day that the line is wanted.",
        "LINE_NOTES": "Free text of the line.",
    },
)


@type_for(models.IntakeColumn, VIEW, "Where one field of an order stands.", by="position")
class IntakeColumn(Node):
    """Where one field of an order stands."""

    position: int = field("The place among the columns of the mapping, from 1.")
    holds: TableField = field("What stands there.")
    source: str = field("The column's heading (CSV), or the dotted path of members (JSON).")
    intake_mapping: Annotated[IntakeMapping, strawberry.lazy("schema.intake_mappings")] | None = one(
        "intake_mapping_id", "The mapping that the column is part of."
    )


@type_for(models.IntakeMapping, VIEW, "How one sender writes orders in CSV or JSON.")
class IntakeMapping(RecordBase):
    """How one sender writes orders in CSV or JSON."""

    name: str = field("What it is called, unique.")
    format: TableFormat = field("What the orders are written in.")
    delimiter: str = field("What stands between the columns of a row (CSV).")
    decimal_comma: bool = field("Whether numbers are written as `1.234,50`.")
    date_order: DateOrder = field("In which order dates have their parts.")
    orders_at: str | None = field("The path of the list of orders (JSON); null: the document is that list.")
    lines_at: str | None = field("The path of an order's list of lines (JSON); null: the order is its line.")
    client: Client | None = one("client_id", "Whose orders they are; null where each order says it.")
    columns: Connection[IntakeColumn] = many("intake_mapping_id", "Where each field stands.", order="position")


@strawberry.type
class Query:
    """What can be read of intake mappings."""

    intake_mapping: IntakeMapping | None = operation(intake_mappings.intake_mapping, VIEW)
    intake_mappings: Connection[IntakeMapping] = operation(intake_mappings.intake_mappings, VIEW)


@strawberry.type
class Mutation:
    """What can be done to intake mappings."""

    create_intake_mapping: IntakeMapping = operation(intake_mappings.create_intake_mapping, Scope.QUOTES_CREATE)
    update_intake_mapping: IntakeMapping = operation(intake_mappings.update_intake_mapping, Scope.QUOTES_EDIT)
    delete_intake_mapping: IntakeMapping = operation(intake_mappings.delete_intake_mapping, Scope.QUOTES_DELETE)
