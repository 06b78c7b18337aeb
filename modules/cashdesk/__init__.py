"""The cash desk: the one place where a payment, its balance and its fiscal operation are committed together."""
