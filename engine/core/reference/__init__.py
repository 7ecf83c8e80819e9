"""Facts the world agrees on, kept as dated rows with their source: currencies, countries, languages."""
