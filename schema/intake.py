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
from resolvers import intake
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
