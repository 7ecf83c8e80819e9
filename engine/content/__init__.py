"""Pages and menus."""
