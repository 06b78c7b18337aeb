"""The rooms of the house; design.md says which floor each stands on."""
