"""Codes that hold money."""
