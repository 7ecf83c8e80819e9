"""The API of `engine.vouchers`."""
