"""Products, variants, categories, collections, media."""
