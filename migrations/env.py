"""Runs the migrations on the app's own engine (Flask-Migrate), inside one transaction where the database can."""

from alembic import context
from flask import current_app

from modules.core.patience import take_time
from modules.core.startup import in_one_sentence

db = current_app.extensions["migrate"].db

if context.is_offline_mode():
    raise SystemExit("Migrations look at what is there (Ubilling's own tables may be): they run online only.")

take_time(db.engine)
with in_one_sentence(), db.engine.connect() as connection:
    context.configure(connection=connection, target_metadata=db.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
