"""Warehouses, stock and its ledger."""
