"""Files of staff, before they belong to anything."""
