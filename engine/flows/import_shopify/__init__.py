"""Shopify product exports into the shop: see docs/import-shopify.md."""
