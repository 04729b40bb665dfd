"""What happened: one append-only Merkle log a deployment, readable without the service."""
