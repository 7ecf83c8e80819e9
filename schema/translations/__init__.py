"""The API of what staff translate."""
