"""Situations, their episodes, their sections and the entries written there."""
