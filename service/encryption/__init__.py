"""Sealing: what is written here is read by those who hold a permit, and by nobody else.

`formats` is bytes only; `providers` hold the root keys; `keys` is the hierarchy under them;
`keyring` seals and opens. `minting` belongs to the gate. Nothing here decides anything.
"""
