"""Signing in and out, one's own password, and the commands that make admins."""
