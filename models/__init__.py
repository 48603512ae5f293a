"""The tables, one module per aggregate, and the list of type tags their ids carry.

A tag is given once and never used again, not even after its table is gone: ids live on in other systems.
"""

from __future__ import annotations

from sqlalchemy.orm import configure_mappers

from core.declaring import declare
from core.record import Entity, Row, Stored
from core.writing.audit import TAG as AUDIT_TAG
from models.activity import ActivityEntry
from models.api_key import ApiKey, KeyDigest, KeyFormat, KeyStatus
from models.audit import AuditEntry
from models.client import Client, ClientStatus, Contact
from models.clock import Clock
from models.company import Company, Environment, Plan, Workspace
from models.custom_field import CustomFieldDefinition, CustomFieldStatus, CustomFieldType
from models.external_id import ExternalId
from models.idempotency import IdempotencyRecord
from models.intake import Intake
from models.invitation import Invitation, UserPassword
from models.json_document import Document, Folder
from models.outbox import OutboxEvent, RelayPosition
from models.people import Role, Team, TeamMember, User, UserStatus
from models.quote import Quote, QuotePart, QuoteStatus
from models.registered_document import RegisteredDocument
from models.sandbox import SandboxRequest
from models.task import Task, TaskStatus
from models.webhook import Attempt, AttemptStatus, Delivery, DeliveryStatus, Endpoint, EndpointStatus, EndpointStyle

TAGS: dict[type[Row | Entity], int] = {
    Client: 0x001,
    Contact: 0x002,
    Quote: 0x003,
    QuotePart: 0x004,
    ExternalId: 0x005,
    Intake: 0x006,
    Endpoint: 0x007,
    Delivery: 0x008,
    Attempt: 0x009,
    RegisteredDocument: 0x00A,
    CustomFieldDefinition: 0x00B,
    AuditEntry: AUDIT_TAG,
    ActivityEntry: 0x00D,
    Task: 0x010,
    Folder: 0x011,
    Document: 0x012,
    SandboxRequest: 0x014,
    Company: 0x101,
    Workspace: 0x102,
    Role: 0x103,
    User: 0x104,
    ApiKey: 0x105,
    Team: 0x106,
    TeamMember: 0x107,
}

configure_mappers()
for _model, _tag in TAGS.items():
    type.__setattr__(_model, "__init__", Stored.__init__)  # SQLAlchemy's own would track what nobody asks about
    declare(_model, _tag)

__all__ = [
    "TAGS",
    "ActivityEntry",
    "ApiKey",
    "Attempt",
    "AttemptStatus",
    "AuditEntry",
    "Client",
    "ClientStatus",
    "Clock",
    "Company",
    "Contact",
    "CustomFieldDefinition",
    "CustomFieldStatus",
    "CustomFieldType",
    "Delivery",
    "DeliveryStatus",
    "Document",
    "Endpoint",
    "EndpointStatus",
    "EndpointStyle",
    "Environment",
    "ExternalId",
    "Folder",
    "IdempotencyRecord",
    "Intake",
    "Invitation",
    "KeyDigest",
    "KeyFormat",
    "KeyStatus",
    "OutboxEvent",
    "Plan",
    "Quote",
    "QuotePart",
    "QuoteStatus",
    "RegisteredDocument",
    "RelayPosition",
    "Role",
    "SandboxRequest",
    "Task",
    "TaskStatus",
    "Team",
    "TeamMember",
    "User",
    "UserPassword",
    "UserStatus",
    "Workspace",
]
