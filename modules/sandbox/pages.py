"""The page of the virtual cash register, and the fragments it asks for each second."""

from flask import Blueprint, Response, render_template, request

from modules.sandbox import view
from modules.sandbox.faults import GROUPS, PATHS, TABLE
from modules.sandbox.guard import as_json
from modules.sandbox.lessons import LESSONS
from modules.sandbox.world import world

bp = Blueprint("pages", __name__)
REGIONS = ("chain", "screen", "counters", "operations", "calls", "hooks", "lesson", "catalog")


@bp.after_request
def strict(response: Response) -> Response:
    """No scripts, styles or frames but our own."""
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _regions() -> dict[str, str]:
    now = view.live()
    return {name: render_template(f"_{name}.html", **now) for name in REGIONS}


@bp.get("/")
def index() -> str:
    """The showroom."""
    slips = view.slips(0)
    return render_template(
        "page.html",
        regions=_regions(),
        slips=[render_template("_slip.html", slip=slip) for slip in slips],
        seq=slips[0]["seq"] if slips else 0,
        groups={group: [fault for fault in TABLE if fault.group == group] for group in GROUPS},
        paths=PATHS,
        lessons=LESSONS,
        values=world().switches.all(),
        touched=view.touched_names(),
    )


@bp.get("/live")
def live() -> Response:
    """What changed: HTML of every region, slips newer than `?after=`, and the switches' values."""
    slips = view.slips(request.args.get("after", 0, type=int))
    drawn = [render_template("_slip.html", slip=slip) for slip in slips]
    answer = {"seq": slips[0]["seq"] if slips else None, "slips": drawn, "regions": _regions()}
    return as_json(answer | {"values": world().switches.all(), "touched": view.touched_names()})
