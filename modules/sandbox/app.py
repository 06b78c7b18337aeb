"""The WSGI application of the virtual Dreamkas."""

from pathlib import Path

from flask import Flask

from modules.sandbox import api, control, guard, lists, pages, webhooks
from modules.sandbox.world import build


def create_app(folder: Path, token: str = "sandbox", hooks_anywhere: bool = False) -> Flask:  # noqa: S107
    """A sandbox whose memory is in `folder`; its cash registers start to work at once."""
    app = Flask("modules.sandbox")
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = 4 * 1024 * 1024
    app.extensions["sandbox"] = build(folder, token, hooks_anywhere)
    guard.watch(app)
    for prefix, name in (("/api", "api"), ("/api/v1", "v1")):
        app.register_blueprint(api.bp, url_prefix=prefix, name=name)
        app.register_blueprint(webhooks.bp, url_prefix=prefix, name=f"{name}_webhooks")
        app.register_blueprint(lists.bp, url_prefix=prefix, name=f"{name}_lists")
    app.register_blueprint(lists.v2, url_prefix="/api/v2")
    app.register_blueprint(control.bp)
    app.register_blueprint(pages.bp)
    return app
