"""Intake as the graph shows it: what came in, and the quote it became."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Node, field, one, type_for
from engine.graph.operations import operation
from formats.x12 import CodePage
from resolvers import intake, intake_files
from schema.quotes import Quote

_EXAMPLE: Final = """ISA*00*          *00*          *ZZ*ACME           *ZZ*SHOP           \
*260131*0915*U*00401*000000001*0*P*>~
GS*PO*ACME*SHOP*20260131*0915*1*X*004010~
ST*850*0001~
BEG*00*SA*PO-1001**20260131~
PO1*1*4*EA*27.50**VN*BRK-2210~
CTT*1~
SE*5*0001~
GE*1*1~
IEA*1*000000001~
"""
_SEVERAL: Final = """ISA*00*          *00*          *ZZ*ACME           *ZZ*SHOP           \
*260131*0916*U*00401*000000002*0*P*>~
GS*PO*ACME*SHOP*20260131*0916*2*X*004010~
ST*850*0001~
BEG*00*SA*PO-1002**20260131~
PO1*1*1*EA*8**VN*PIN-8~
SE*4*0001~
ST*850*0002~
BEG*00*SA*PO-1003**20260131~
PO1*1*2*EA*9**VN*PIN-9~
SE*4*0002~
GE*2*2~
IEA*1*000000002~
"""
describe_enum(
    CodePage,
    "How the bytes of a document are read as text, when they are not UTF-8.",
    {
        "CP437": "The code page of MS-DOS in the United States.",
        "CP850": "The code page of MS-DOS in western Europe.",
        "CP1252": "Windows in western Europe and America.",
    },
)


@type_for(models.Intake, Scope.QUOTES_VIEW, "A purchase order that came in from another system.", by="received_at")
class Intake(Node):
    """A purchase order that came in."""

    received_at: datetime = field("When it came in.")
    sender_qualifier: str = field("ISA05: what kind of id the sender's is.")
    sender_id: str = field("ISA06: the sender.")
    receiver_qualifier: str = field("ISA07: what kind of id the receiver's is.")
    receiver_id: str = field("ISA08: the receiver.")
    interchange_control: str = field("ISA13: the interchange's number.")
    group_control: str = field("GS06: the group's number.")
    set_control: str = field("ST02: the document's number.")
    test: bool = field("Whether its sender marked it as a test (ISA15).")
    warnings: list[str] = field("What was odd about it, but harmless.")
    quote: Quote | None = one("quote_id", "The quote it became.")


describe_enum(
    intake.Took,
    "What became of an order.",
    {
        "CREATED": "It became a new quote.",
        "REPLACED": "It replaced the content of a draft quote.",
        "REPLAYED": "It had been taken in before; nothing was written.",
        "RESTORED": "It had been taken in before, and its quote was restored.",
        "ERROR": "It was refused; `error` says why.",
    },
    name="IntakeOutcome",
)


@strawberry.type(description="Why an order was refused.")
class IntakeError:
    """Why an order was refused."""

    code: str = strawberry.field(description="What kind of error it is: docs/errors.md.")
    message: str = strawberry.field(description="What is wrong, in words.")
    field: str | None = strawberry.field(description="The segment, the row or the column that is wrong.")


@strawberry.type(description="What became of one order.")
class IntakeResult:
    """What became of one order."""

    index: int = strawberry.field(description="Its place in the file, from 0.")
    result: intake.Took = strawberry.field(description="What became of it.")
    order_number: str | None = strawberry.field(description="The client's purchase order number.")
    intake_id: strawberry.ID | None = strawberry.field(description="What came in; null for what was not kept.")
    quote_id: strawberry.ID | None = strawberry.field(description="The quote; null for what was not kept.")
    warnings: list[str] = strawberry.field(description="What was odd about it, but harmless.")
    error: IntakeError | None = strawberry.field(description="Why it was refused, if it was.")


@strawberry.type(description="What became of the orders of a file.")
class IntakeFile:
    """What became of the orders of a file."""

    dry_run: bool = strawberry.field(description="Whether nothing was kept: it says what would have become of them.")
    taken: int = strawberry.field(description="How many orders wrote a quote, or restored one.")
    replayed: int = strawberry.field(description="How many had been taken in before.")
    failed: int = strawberry.field(description="How many were refused.")
    orders: list[IntakeResult] = strawberry.field(description="Each order, as they stand in the file.")


@strawberry.type
class Mutation:
    """What can come in."""

    intake_order: Intake = operation(
        intake.intake_order,
        Scope.QUOTES_CREATE,
        path="/intake",
        include=("quote",),
        raw="document",
        media=("application/edi-x12", "text/plain", "application/octet-stream"),
        example=_EXAMPLE,
        label="Intake",
        charset="code_page",
    )
    intake_orders: IntakeFile = operation(
        intake_files.intake_orders,
        Scope.QUOTES_CREATE,
        path="/intake/orders",
        raw="document",
        media=("application/edi-x12", "text/csv", "text/plain", "application/octet-stream"),
        example=_SEVERAL,
        label="Intake",
        charset="code_page",
    )
