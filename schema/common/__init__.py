"""Types and helpers that every domain of the API shares."""
