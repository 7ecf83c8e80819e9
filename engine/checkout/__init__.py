"""Carts on their way to becoming orders."""
