"""One row per channel and product that orders, filters and counts."""
