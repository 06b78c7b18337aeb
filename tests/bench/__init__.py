"""How fast the house is, beside something that everybody knows: `make bench`."""
