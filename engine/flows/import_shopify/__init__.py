"""Shopify product exports into the shop: see docs/import-shopify.md."""

from engine.flows.import_shopify.places import ImportFailed
from engine.flows.import_shopify.run import Summary, import_shopify

__all__ = ["ImportFailed", "Summary", "import_shopify"]
