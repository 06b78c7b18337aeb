"""An Internet subscriber's profile."""
