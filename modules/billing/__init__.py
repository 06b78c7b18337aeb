"""The host's books on Ubilling's own tables: subscribers, addresses, payments. Nothing here commits."""
