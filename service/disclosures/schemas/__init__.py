"""What goes in and comes out of disclosures, one file a subject."""
