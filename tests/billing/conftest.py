from tests.books import after_ubilling, any_books, books  # noqa: F401
