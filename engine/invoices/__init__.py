"""Invoices of orders: their numbers, and the documents that carry them."""
