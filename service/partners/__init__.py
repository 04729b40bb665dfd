"""Organisations, employments, offices, charter and pledges: the directory of who is who."""
