"""A virtual Dreamkas: the cabinet API, a cash register that prints on screen, and switches that break both.

The other side of the wire: it imports nothing of ours and nobody imports it.
Started as `python -m modules.sandbox --port 8090`.
"""
