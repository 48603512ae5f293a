"""SQL text: selections, filters, orders, pages and figures become one expression."""
