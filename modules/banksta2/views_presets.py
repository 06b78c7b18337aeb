"""The tab "Fields mapping presets": listed, made, changed, copied, deleted; the mapping form saves itself here too."""

from dataclasses import asdict

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from modules.banksta2 import presets
from modules.banksta2.forms import PresetForm, groups
from modules.banksta2.models import Preset
from modules.banksta2.views import Answer, bp, draw, reads
from modules.core.rights import admin_login, own_address
from modules.core.tables import Column, Table


def columns_of(preset: Preset) -> str:
    """Where date, sum and purpose stand."""
    return " · ".join(text or "—" for text in (preset.col_paydate, preset.col_paysum, preset.col_paypurpose))


TABLE = Table(
    [
        Column("presetname", _l("Preset name"), lambda preset: preset.presetname, "wide"),
        Column("service_type", _l("Service type"), lambda preset: preset.service_type),
        Column("columns", _l("Date, sum, purpose"), None, cell=columns_of),
        Column("acts", _l("Actions"), cls="acts", in_csv=False),
    ],
    sort="presetname",
)


@bp.get("/presets", endpoint="presets")
@reads
def listing() -> Answer:
    """All of them."""
    view, found = TABLE.read(request.args), presets.listing()
    if view.csv:
        return TABLE.csv(view, found, "presets")
    return draw("presets", "banksta2/presets.html", page=TABLE.page_of(found, view), columns_of=columns_of)


@bp.route("/presets/fmpcreate", methods=["GET", "POST"], endpoint="preset_create")
@reads
def create() -> Answer:
    """A new one."""
    return _edit(PresetForm(), None)


@bp.route("/presets/fmpedit", methods=["GET", "POST"], endpoint="preset_edit")
@reads
def edit() -> Answer:
    """Another name, other rules."""
    form, preset = PresetForm(), _asked()
    if not form.is_submitted():
        form.take(asdict(presets.rules_in(preset)))
        form.presetname.data = preset.presetname
    return _edit(form, preset)


@bp.post("/fmpquickadd", endpoint="preset_quick")
@reads
def quick_save() -> Answer:
    """The mapping form as it is filled in, under a name; `back` is the page to return to and to fill in."""
    form, back = PresetForm(), own_address(request.form.get("back", ""))
    return _edit(form, None, back)


@bp.post("/presets/fmpclone", endpoint="preset_clone")
@reads
def clone() -> Answer:
    """A copy, opened to be changed."""
    made = presets.clone(_asked().id, admin_login())
    flash(_("This is the copy: give it a name of its own."), "ok")
    return redirect(url_for("banksta2.preset_edit", fmpid=made), code=303)


@bp.route("/presets/fmpdelete", methods=["GET", "POST"], endpoint="preset_delete")
@reads
def delete() -> Answer:
    """GET: asks whether it is meant. POST: deletes."""
    preset = _asked()
    if request.method == "GET":
        return draw("presets", "banksta2/presets_delete.html", preset=preset)
    flash(_("The preset “%(name)s” is deleted.", name=presets.delete(preset.id, admin_login())), "ok")
    return redirect(url_for("banksta2.presets"), code=303)


def _asked() -> Preset:
    number = request.values.get("fmpid", "")
    try:
        return presets.find(int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0)
    except presets.NoPreset:
        abort(404, _("There is no such preset."))


def _edit(form: PresetForm, preset: Preset | None, back: str = "") -> Answer:
    if form.validate_on_submit():
        try:
            name = form.presetname.data or ""
            number = presets.save(preset.id if preset else None, name, form.rules, admin_login())
            flash(_("The preset “%(name)s” is saved.", name=name), "ok")
            # The draft's own rules are still those of its last check: without the preset its form would be empty
            return redirect(f"{back}&preset={number}" if back else url_for("banksta2.presets"), code=303)
        except presets.NameTaken:
            form.presetname.errors = [_("Another preset has this name.")]
    page = draw(
        "presets", "banksta2/presets_edit.html", form=form, preset=preset, groups=groups(form), back=back
    )
    return page, 422 if form.is_submitted() else 200
