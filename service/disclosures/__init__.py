"""What leaves the circle by law or by choice: exchanges, statutory reports, neutral answers."""
