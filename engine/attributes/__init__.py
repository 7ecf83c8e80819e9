"""Typed attributes and their values, shared by products and pages."""
