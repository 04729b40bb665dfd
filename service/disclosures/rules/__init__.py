"""What the law lets one tell, to whom, and by when it is looked at. Pure."""
