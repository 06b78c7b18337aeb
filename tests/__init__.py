"""The tests stand on the same paths as the modules they speak of."""
