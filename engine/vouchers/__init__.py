"""Codes that take something off a cart."""
