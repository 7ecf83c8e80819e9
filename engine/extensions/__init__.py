"""Plugins as the shop sees them: discovery, fit, configuration per channel."""
