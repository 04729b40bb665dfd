"""The first page of each seat: what is expected of it now."""
