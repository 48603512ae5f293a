"""ASC X12 documents: bytes to segments (`tokens`), to envelopes (`envelope`), to a purchase order (`read_orders`).

Nothing here touches a database, and nothing is dropped: what has no place in `PurchaseOrder` stands in its `unread`.
"""

from formats.x12.purchase_order import Dated, Key, Line, PartNumber, Party, PurchaseOrder, Ref, Terms
from formats.x12.reader import Refused, read_file, read_orders
from formats.x12.tokens import CodePage

__all__ = [
    "CodePage",
    "Dated",
    "Key",
    "Line",
    "PartNumber",
    "Party",
    "PurchaseOrder",
    "Ref",
    "Refused",
    "Terms",
    "read_file",
    "read_orders",
]
