"""Hostile input at both doors: the right code, the field named, nothing written, never a 500."""
