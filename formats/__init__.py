"""Formats of files and messages; knows no resource."""
