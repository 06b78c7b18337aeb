"""Security as tests, by enumeration: whatever route is added tomorrow is walked too, or these tests turn red.

Each line of the list that this house is held to (OWASP ASVS 5.0 items that apply, and what went wrong in Ubilling and
its like) is proved somewhere: LINES in test_lines.py says where.
"""
