"""The cash register: turns a payment into exactly one fiscal receipt through the Dreamkas cabinet."""
