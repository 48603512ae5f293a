"""Purchase orders in CSV and JSON, whatever their columns: a mapping says which of them holds what.

Nothing here touches a database. What is read is a `PurchaseOrder`, as of an X12 850: what follows is the same for both.
"""

from formats.tables.mapping import DateOrder, Layout, TableField, TableFormat
from formats.tables.reader import read_tables

__all__ = ["DateOrder", "Layout", "TableField", "TableFormat", "read_tables"]
