"""Professionals, their sign-in, their sessions and their invitations."""
