"""The service: the only client of the rules (`policies`) and of the record (`audit`)."""
