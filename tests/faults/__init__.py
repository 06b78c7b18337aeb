"""The proof of "one payment, one receipt": real processes, killed at any instant, and three books compared."""
