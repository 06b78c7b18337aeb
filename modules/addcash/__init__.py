"""Money from an Internet subscriber: Ubilling's addcash."""
