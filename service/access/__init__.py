"""The gate: the only package that asks the rules and writes the record."""
