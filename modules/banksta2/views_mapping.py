"""What is what in a file: how it is read, which column is what, and what comes of the first rows as one types."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from modules.banksta2 import drafts, finder, presets, reader
from modules.banksta2.facts import FIRST, Row, Unreadable
from modules.banksta2.finder import Holder
from modules.banksta2.forms import MappingForm, groups
from modules.banksta2.forms_upload import ReadingForm
from modules.banksta2.mapping import Mapper, Understood, rules_of_json
from modules.banksta2.models import Statement
from modules.banksta2.rules import FIELDS, Rules
from modules.banksta2.views import Answer, bp, draw, reads
from modules.banksta2.views_upload import asked_draft, check_and_show
from modules.banksta2.words import ERRORS, KINDS_OF_FILES, said, unreadable
from modules.core.current import is_part
from modules.core.rights import admin_login

SHOWN = 8  # rows as they stand in the file


@dataclass(frozen=True)
class Seen:
    """A row of the preview: what was understood, and who pays."""

    row: Understood
    holder: Holder


@bp.route("/fieldmapping", methods=["GET", "POST"], endpoint="mapping")
@reads
def mapping() -> Answer:
    """GET: the form (`preset`: filled in from that preset). POST: these rules are in force, on to the last check."""
    if request.method == "GET" and not request.args.get("draft"):
        return _newest()
    draft, form = asked_draft(), MappingForm()
    if form.validate_on_submit():
        drafts.map_anew(draft, form.rules)
        return check_and_show(draft)
    if form.is_submitted():
        return _page(draft, form), 422
    form.take(asdict(_preset_asked() or rules_of_json(draft.rules)))
    return _page(draft, form)


def _newest() -> Answer:
    mine = drafts.mine(admin_login())
    if mine:
        return redirect(url_for("banksta2.mapping", draft=mine[0].hash))
    flash(_("There is nothing to map yet: upload a file first."), "info")
    return redirect(url_for("banksta2.upload"))


def _preset_asked() -> Rules | None:
    number = request.args.get("preset", "")
    try:
        return (
            presets.rules_in(presets.find(int(number))) if number.isdecimal() and len(number) < 10 else None
        )
    except presets.NoPreset:
        flash(_("There is no such preset."), "warn")
        return None


@bp.post("/fieldmapping/reading", endpoint="reading")
@reads
def read_anew() -> Answer:
    """The file is to be read in another way; what is filled in of the mapping stays on the page."""
    draft, form = asked_draft(), ReadingForm()
    trouble = ""
    if form.validate():
        try:
            drafts.read_anew(draft, *form.chosen)
        except Unreadable as error:
            trouble = unreadable(error)
    if is_part():
        form.take(draft) if not (form.errors or trouble) else None
        answer = make_response(render_template("banksta2/_reading.html", **_reading(draft, form, trouble)))
        answer.headers["HX-Trigger"] = "reading"  # the preview asks again
        return answer
    if trouble:
        flash(trouble, "bad")
    return redirect(url_for("banksta2.mapping", draft=draft.hash), code=303)


@bp.post("/fieldmapping/preview", endpoint="preview")
@reads
def preview() -> Answer:
    """What the rules make of the first rows, as they are being filled in; nothing is kept."""
    draft, form = asked_draft(), MappingForm()
    form.validate()
    return render_template("banksta2/_preview.html", **_preview(draft, form))


# --- what is shown ---


def _page(draft: Statement, form: MappingForm) -> str:
    reading = ReadingForm(formdata=None)
    reading.take(draft)
    values: dict[str, Any] = {"form": form, "groups": groups(form), "presets": presets.listing()}
    values |= _reading(draft, reading) | _preview(draft, form)
    return draw("upload", "banksta2/mapping.html", others=drafts.others_with(draft), **values)


def _reading(draft: Statement, form: ReadingForm, trouble: str = "") -> dict[str, Any]:
    try:
        look, first = drafts.look_of(draft), list(islice(_rows(draft), SHOWN))
    except Unreadable as error:
        look, first, trouble = None, [], trouble or unreadable(error)
    width = max((len(cells) for _number, cells in first), default=0)
    shown = {"look": look, "first": first, "width": width, "kind": KINDS_OF_FILES.get(draft.kind, draft.kind)}
    return {"draft": draft, "reading": form, "trouble": trouble, **shown}


def _rows(draft: Statement) -> Iterator[Row]:
    return reader.rows(drafts.path_of(draft), drafts.look_of(draft), draft.skip_rows)


def _preview(draft: Statement, form: MappingForm) -> dict[str, Any]:
    """The first rows by what is filled in; a field with a mistake counts as it stood before."""
    kept = rules_of_json(draft.rules)
    wrong = {name: getattr(kept, name) for name in form.errors if name in FIELDS}
    rules = replace(form.rules, **wrong)
    seen, trouble = _seen(draft, rules)
    good = [one for one in seen if not one.row.error and not one.row.canceled]
    return {
        "draft": draft,
        "is_begun": bool(rules.col_paydate or rules.col_paysum),
        "seen": seen,
        "mistakes": [form[name] for name in wrong],
        "unseen": trouble,
        "good": len(good),
        "kopecks": sum(one.row.kopecks or 0 for one in good),
        "said": said,
        "errors": ERRORS,
        "why": finder.WHY,
    }


def _seen(draft: Statement, rules: Rules) -> tuple[list[Seen], str]:
    mapper, trouble = Mapper(rules, presets.settings()), ""
    found: list[Understood] = []
    try:
        found.extend(mapper.understand(cells, number) for number, cells in islice(_rows(draft), FIRST))
    except Unreadable as error:
        trouble = unreadable(error)
    holders = finder.find({(row.service, row.contract) for row in found})
    return [Seen(row, holders[row.service, row.contract]) for row in found], trouble
