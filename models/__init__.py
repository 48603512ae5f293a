"""The tables, one module per aggregate, and the list of type tags their ids carry.

A tag is given once and never used again, not even after its table is gone: ids live on in other systems.
"""

from __future__ import annotations

from sqlalchemy.orm import configure_mappers

from core.declaring import declare
from core.record import Entity, Row, Stored
from core.writing.audit import TAG as AUDIT_TAG
from models.activity import ActivityEntry
from models.address import Address, AddressKind
from models.api_key import ApiKey, KeyDigest, KeyFormat, KeyStatus
from models.attachment import Attachment, AttachmentStatus
from models.audit import AuditEntry
from models.client import Client, ClientAddress, ClientStatus, Contact
from models.clock import Clock
from models.company import Company, Environment, Plan, Workspace
from models.custom_field import CustomFieldDefinition, CustomFieldStatus, CustomFieldType
from models.external_id import ExternalId
from models.idempotency import IdempotencyRecord
from models.intake import Intake
from models.intake_mapping import IntakeColumn, IntakeMapping
from models.invitation import Invitation, UserPassword
from models.job import Job, JobPart, JobStatus, MaterialStatus, WorkOrder, WorkOrderStatus
from models.json_document import Document, Folder
from models.outbox import OutboxEvent, RelayPosition
from models.part import BomLine, OperationKind, Part, PartKind, PartStatus, RoutingOperation, Tracking
from models.people import Role, Team, TeamMember, User, UserStatus
from models.purchase_order import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus
from models.quote import Quote, QuotePart, QuoteStatus
from models.receipt import Receipt, ReceiptLine, ReceiptStatus
from models.registered_document import RegisteredDocument
from models.requirement import Requirement, RequirementKind, RequirementStatus
from models.rfq import InvitationStatus, Rfq, RfqInvitation, RfqLine, RfqQuantity, RfqResponse, RfqStatus
from models.sandbox import SandboxRequest
from models.stock import (
    CountStatus,
    InventoryItem,
    ItemStatus,
    LocationKind,
    MovementReason,
    Reservation,
    ReservationStatus,
    StockCount,
    StockCountLine,
    StockLocation,
    StockMovement,
)
from models.supplier import PriceBreak, Supplier, SupplierAddress, SupplierContact, SupplierPart, SupplierStatus
from models.task import Task, TaskStatus
from models.webhook import Attempt, AttemptStatus, Delivery, DeliveryStatus, Endpoint, EndpointStatus, EndpointStyle
from models.work_center import WorkCenter, WorkCenterStatus

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
    ClientAddress: 0x020,
    Supplier: 0x021,
    SupplierContact: 0x022,
    SupplierAddress: 0x023,
    SupplierPart: 0x024,
    PriceBreak: 0x025,
    Part: 0x026,
    BomLine: 0x027,
    RoutingOperation: 0x028,
    WorkCenter: 0x029,
    StockLocation: 0x02A,
    InventoryItem: 0x02B,
    StockMovement: 0x02C,
    Reservation: 0x02D,
    StockCount: 0x02E,
    StockCountLine: 0x02F,
    Job: 0x030,
    JobPart: 0x031,
    WorkOrder: 0x032,
    Requirement: 0x033,
    Rfq: 0x034,
    RfqLine: 0x035,
    RfqQuantity: 0x036,
    RfqInvitation: 0x037,
    RfqResponse: 0x038,
    PurchaseOrder: 0x039,
    PurchaseOrderLine: 0x03A,
    Receipt: 0x03B,
    ReceiptLine: 0x03C,
    Attachment: 0x040,
    IntakeMapping: 0x041,
    IntakeColumn: 0x042,
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
    "Address",
    "AddressKind",
    "ApiKey",
    "Attachment",
    "AttachmentStatus",
    "Attempt",
    "AttemptStatus",
    "AuditEntry",
    "BomLine",
    "Client",
    "ClientAddress",
    "ClientStatus",
    "Clock",
    "Company",
    "Contact",
    "CountStatus",
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
    "IntakeColumn",
    "IntakeMapping",
    "InventoryItem",
    "Invitation",
    "InvitationStatus",
    "ItemStatus",
    "Job",
    "JobPart",
    "JobStatus",
    "KeyDigest",
    "KeyFormat",
    "KeyStatus",
    "LocationKind",
    "MaterialStatus",
    "MovementReason",
    "OperationKind",
    "OutboxEvent",
    "Part",
    "PartKind",
    "PartStatus",
    "Plan",
    "PriceBreak",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseOrderStatus",
    "Quote",
    "QuotePart",
    "QuoteStatus",
    "Receipt",
    "ReceiptLine",
    "ReceiptStatus",
    "RegisteredDocument",
    "RelayPosition",
    "Requirement",
    "RequirementKind",
    "RequirementStatus",
    "Reservation",
    "ReservationStatus",
    "Rfq",
    "RfqInvitation",
    "RfqLine",
    "RfqQuantity",
    "RfqResponse",
    "RfqStatus",
    "Role",
    "RoutingOperation",
    "SandboxRequest",
    "StockCount",
    "StockCountLine",
    "StockLocation",
    "StockMovement",
    "Supplier",
    "SupplierAddress",
    "SupplierContact",
    "SupplierPart",
    "SupplierStatus",
    "Task",
    "TaskStatus",
    "Team",
    "TeamMember",
    "Tracking",
    "User",
    "UserPassword",
    "UserStatus",
    "WorkCenter",
    "WorkCenterStatus",
    "WorkOrder",
    "WorkOrderStatus",
    "Workspace",
]
