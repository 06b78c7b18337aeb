"""An Internet subscriber's e-mail."""
