"""Plumbing of the web process: what every route is given, and what every answer carries."""
