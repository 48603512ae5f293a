"""Sandboxes: the sink of their webhooks, the purge of what is old, and the data they begin with."""
