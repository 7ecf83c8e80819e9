"""Refunds that staff have granted for an order, before and after the money has moved."""
