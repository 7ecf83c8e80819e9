"""What the API says of the shop itself, and metadata that any object may carry."""
