"""The API of `engine.accounts`."""
