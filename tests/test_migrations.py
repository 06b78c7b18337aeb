"""The migrations make just what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from modules.core.db import Base, db


def test_the_migrations_make_what_the_models_say(inside):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": False}
        )
        assert compare_metadata(context, Base.metadata) == []
