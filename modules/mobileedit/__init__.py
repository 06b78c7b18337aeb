"""An Internet subscriber's mobile numbers."""
