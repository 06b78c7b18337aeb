"""Cable-TV (UKV) subscribers: list, profile, money."""
