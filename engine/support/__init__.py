"""Customer-service tickets."""
