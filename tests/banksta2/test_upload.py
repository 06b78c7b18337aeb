"""The pages from an upload to the import, as an accountant meets them."""

import functools
import io
import os
import re
import tempfile
from dataclasses import asdict

import pytest
from sqlalchemy import func, select

from modules.banksta2 import drafts
from modules.banksta2.models import Preset, Statement
from modules.core.db import db
from tests.banksta2.files import HEAD, LINES, RULES, UNNUMBERED, checked, csv, draft_of, keys, rows, taken_in
from tests.page import open_page
from tests.statements.make import ods, one_c

UPLOAD = "/?module=banksta2&uploadform=true"


@pytest.fixture
def accountant(books, sign_in, page):
    """page(address), signed in as buh, over the demo's books."""
    sign_in("BANKSTA2", login="buh")
    return page


def upload(page, data: bytes, name: str = "реестр.csv", **fields: str):
    form = page(UPLOAD).form("uploadbnksta2")
    values = {**form.values, **fields, "uploadbnksta2": (io.BytesIO(data), name)}
    return open_page(form.page.client, UPLOAD, data=values)


def fill(form, rules=RULES, **changes):
    """The mapping form sent with these rules."""
    given = {name: str(value) for name, value in asdict(rules).items() if value not in (0, "")}
    return form.submit(**{**given, **changes})


def mapping_of(draft: Statement) -> str:
    return f"/?module=banksta2&fieldmapping=true&draft={draft.hash}"


def lastcheck_of(draft: Statement) -> str:
    return f"/?module=banksta2&lastcheck={draft.hash}"


def inside(app, what):
    with app.app_context():
        return what()


# --- who may ---


@pytest.mark.parametrize("address", [UPLOAD, "/?module=banksta2&fieldmapping=true&draft=x"])
def test_the_pages_want_the_right(books, sign_in, page, address):
    sign_in("CASH", "DREAMKAS")
    assert page(address, 403).shows("Access denied")


def test_a_draft_of_somebody_else_is_not_there_not_even_for_root(books, sign_in, page):
    draft = inside(books, lambda: checked(csv()))
    sign_in("ROOT", login="admin")
    assert not page(UPLOAD).shows("реестр.csv")
    assert page(mapping_of(draft), 404).shows("no such draft of yours")
    assert page(lastcheck_of(draft), 404).shows("no such draft of yours")
    sent = page(UPLOAD).post("/?module=banksta2&throwdraftaway=true", {"draft": draft.hash}, status=404)
    assert sent.shows("no such draft of yours")
    page(UPLOAD).post(lastcheck_of(draft), {}, status=404)
    assert keys(books) == []


def test_an_upload_without_the_token_is_refused(books, sign_in, client):
    sign_in("BANKSTA2")
    sent = client.post(UPLOAD, data={"uploadbnksta2": (io.BytesIO(csv()), "a.csv")})
    assert sent.status_code == 400
    assert inside(books, lambda: db.session.scalar(select(func.count()).select_from(Statement))) == 0


# --- upload ---


def test_a_file_comes_in_and_its_columns_are_asked_for(accountant):
    sent = upload(accountant, csv())
    assert sent.status == 303
    page = sent.follow()
    assert page.shows("Кузнецова О.И.") and page.shows("дата")
    assert page.form("reading-form").values["encoding"] == "windows-1251"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7", "no bank statement that we can read"),
        (b"PK\x03\x04 not really", "damaged"),
    ],
)
def test_what_can_not_be_read_is_refused_with_a_reason(accountant, data, said):
    sent = upload(accountant, data)
    assert sent.status == 422
    assert sent.shows(said)


@pytest.mark.parametrize("rows", [1, 20_000])
def test_a_full_disk_is_said_and_nothing_half_written_stays(accountant, books, monkeypatch, tmp_path, rows):
    """A big file fills the disk on its way in already, where it waits until the form is read."""

    open_full = functools.partial(open, "/dev/full")

    def full(number, mode):
        os.close(number)
        return open_full(mode)

    monkeypatch.setattr(drafts.os, "fdopen", full)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: open_full("w+b"))
    sent = upload(accountant, csv(*LINES * rows))
    assert sent.status == 422
    assert sent.shows("The server's disk is full: the file was not kept.")
    monkeypatch.undo()
    assert keys(books) == [] and list((tmp_path / "statements").glob("*")) == []
    assert inside(books, lambda: db.session.scalar(select(func.count()).select_from(Statement))) == 0
    assert upload(accountant, csv()).status == 303


def test_a_sheet_that_is_not_read_is_told_of(accountant):
    rows = [[None, "24.11.2026", "100.00"]]
    assert (
        upload(accountant, ods(rows, Ноябрь=rows)).follow().shows("There is something on others too: Ноябрь.")
    )


def test_what_is_not_said_of_a_file_is_recognised(accountant, client):
    form = accountant(UPLOAD).form("uploadbnksta2")
    file = (io.BytesIO(csv(*LINES)), "реестр.csv")
    sent = {"csrf_token": form.values["csrf_token"], "uploadbnksta2": file}
    answer = client.post(UPLOAD, data=sent)
    assert answer.status_code == 303 and "fieldmapping" in answer.location


def test_no_file_at_all(accountant):
    sent = accountant(UPLOAD).form("uploadbnksta2").submit(status=422)
    assert sent.shows("Choose the file first.")


def test_a_file_of_more_than_20_mib_is_refused_with_a_sentence(accountant):
    sent = upload(accountant, b"1;2\n" * (6 << 20))
    assert sent.status == 413
    assert sent.shows("at most 20 MiB")


def test_a_file_between_the_usual_limit_and_20_mib_is_taken(accountant):
    assert upload(accountant, csv(*LINES * 8000)).status == 303


def test_the_same_file_again_leads_to_where_it_is(accountant, books):
    upload(accountant, csv())
    again = upload(accountant, csv(), name="other name.csv")
    assert again.status == 409
    assert again.shows("Same bank statement already exists")
    assert again.shows("You have it as a draft")
    draft = inside(books, lambda: drafts.mine("buh")[0])
    assert mapping_of(draft) in again.links


def test_the_same_file_of_another_admin_is_told_and_hinders_nobody(accountant, books):
    inside(books, lambda: draft_of(csv(), "other"))
    assert upload(accountant, csv()).follow().shows("The same file is a draft of: other.")


def test_a_draft_waits_and_may_be_thrown_away(accountant, books):
    inside(books, lambda: draft_of(csv()))
    page = accountant(UPLOAD)
    assert page.shows("реестр.csv") and page.shows("not checked yet")
    form = page.form("throwdraftaway")
    assert form.submit(status=303).follow().shows("is thrown away")
    assert inside(books, lambda: drafts.mine("buh")) == []


def test_asking_to_throw_away_changes_nothing(accountant, books):
    draft = inside(books, lambda: draft_of(csv()))
    assert accountant(f"/?module=banksta2&throwdraftaway=true&draft={draft.hash}").shows("Leave it")
    assert len(inside(books, lambda: drafts.mine("buh"))) == 1


# --- mapping ---


def test_the_mapping_leads_to_the_last_check(accountant, books):
    draft = inside(books, lambda: draft_of(csv(), rules=None))
    page = fill(accountant(mapping_of(draft)).form("mapping-form"))
    assert page.status == 303
    assert page.follow().shows("Without a subscriber")


def test_a_wrong_pattern_is_an_error_at_its_field_and_the_preview_stays(accountant, books):
    draft = inside(books, lambda: draft_of(csv()))
    changes = {"skip_row_keywords": "(", "noesc_skip_row_keywords": "y"}
    page = fill(accountant(mapping_of(draft)).form("mapping-form"), **changes)
    assert page.status == 422
    assert page.by_id("skip_row_keywords").attrs["aria-invalid"] == "true"
    assert page.shows("This is no regular expression")
    assert page.shows("Кузнецова О.И.")
    assert inside(books, lambda: drafts.find(draft.hash, "buh").rules) == RULES.as_json()


def test_the_preview_follows_the_form_and_keeps_nothing(accountant, books):
    draft = inside(books, lambda: draft_of(csv(), rules=None))
    form = accountant(mapping_of(draft)).form("mapping-form")
    given = {**form.values, "col_paydate": "0", "col_paysum": "1", "col_contract": "2", "col_paypurpose": "4"}
    address = "/?module=banksta2&fieldmapping=true&preview=true"
    seen = open_page(form.page.client, address, data=given, htmx=True)
    assert seen.shows("5 of the first 7 rows are payments, together ₽1,552.50")
    assert seen.shows("ivanov") and seen.shows("nobody has this contract")
    given |= {"skip_row": "y", "col_skiprow": "4", "skip_row_keywords": "возврат"}
    seen = open_page(form.page.client, address, data=given, htmx=True)
    assert seen.shows("4 of the first 7 rows")
    assert seen.shows("left out for “возврат”")
    given |= {"noesc_skip_row_keywords": "y", "skip_row_keywords": "("}
    seen = open_page(form.page.client, address, data=given, htmx=True)
    assert seen.shows("no regular expression") and seen.shows("ivanov")
    assert inside(books, lambda: drafts.find(draft.hash, "buh").rules) != RULES.as_json()


def test_before_anything_is_named_the_preview_says_what_to_name(accountant, books):
    draft = inside(books, lambda: draft_of(csv(), rules=None))
    page = accountant(mapping_of(draft))
    assert page.shows("Name the columns of the date and of the sum")
    assert not page.shows("neither a date nor a sum")


def test_a_statement_that_is_deleted_takes_its_file_along(accountant, books):
    statement = inside(books, lambda: taken_in(csv()))
    place = inside(books, lambda: drafts.path_of(statement))
    assert place.exists()
    form = accountant(f"/?module=banksta2&statementdelete={statement.hash}").form("statementdelete")
    assert form.submit(status=303).follow().shows("is deleted")
    assert not place.exists()
    assert inside(books, lambda: draft_of(csv())).state == "draft"  # the file may be imported again


def test_encoding_and_delimiter_are_corrected_at_once(accountant, books):
    draft = inside(books, lambda: draft_of(csv(), rules=None, skip=0))
    form = accountant(mapping_of(draft)).form("reading-form")
    part = open_page(form.page.client, form.action, data={**form.values, "encoding": "cp866"}, htmx=True)
    assert not part.is_whole and not part.shows("Кузнецова О.И.")
    assert part.answer.headers["HX-Trigger"] == "reading"
    back = form.submit(encoding="windows-1251", skiprowscount="1", status=303).follow()
    assert back.shows("Кузнецова О.И.") and not back.shows("плательщик;")
    kept = inside(books, lambda: drafts.find(draft.hash, "buh"))
    assert (kept.encoding, kept.skip_rows) == ("windows-1251", 1)


def test_what_can_not_be_read_so_is_said_and_not_kept(accountant, books):
    draft = inside(books, lambda: draft_of(csv(), rules=None))
    form = accountant(mapping_of(draft)).form("reading-form")
    part = open_page(form.page.client, form.action, data={**form.values, "encoding": "utf-16"}, htmx=True)
    assert part.shows("not in this encoding")
    assert inside(books, lambda: drafts.find(draft.hash, "buh").encoding) == "windows-1251"


def test_a_preset_fills_the_form_in_and_the_form_becomes_a_preset(accountant, books):
    draft = inside(books, lambda: draft_of(csv(), rules=None))
    form = accountant(mapping_of(draft)).form("mapping-form")
    given = {**form.values, **{name: str(value) for name, value in asdict(RULES).items() if value}}
    saved = open_page(
        form.page.client, "/?module=banksta2&fmpquickadd=true", data={**given, "presetname": "Банк"}
    )
    number = inside(books, lambda: db.session.scalar(select(Preset.id)))
    assert saved.location == f"{mapping_of(draft)}&preset={number}"
    page = saved.follow()
    assert page.form("mapping-form").values["skip_row_keywords"] == "возврат", "what was typed is still there"
    assert page.shows("4 of the first 7 rows")


def test_a_1c_file_goes_straight_to_the_last_check(accountant):
    document = {
        "Номер": "15",
        "Дата": "24.11.2026",
        "Сумма": "350.00",
        "Плательщик1": "Иванов",
        "ПолучательСчет": "40702810900000000001",
        "НазначениеПлатежа": "Оплата по договору 100001",
    }
    sent = upload(accountant, one_c(document).encode("cp1251"), "kl_to_1c.txt")
    assert "lastcheck" in sent.location
    page = sent.follow()
    assert page.shows("Иванов Иван Иванович") and page.shows("₽350.00")


# --- the last check ---


def parts(page) -> dict[str, tuple[int, str]]:
    """What each part of the totals says: rows, sum."""
    said = {}
    for tag in page.all("div", class_="part"):
        found = re.fullmatch(r"(\D+?) ?(\d+) (.*₽.*)", tag.text)
        said[found[1]] = (int(found[2]), found[3])
    return said


def test_the_parts_add_up_to_the_file(accountant, books):
    draft = inside(books, lambda: checked(csv()))
    assert parts(accountant(lastcheck_of(draft))) == {
        "To be credited": (3, "₽1,470.50"),
        "Without a subscriber": (1, "₽77.00"),
        "Suspected duplicates": (0, "₽0.00"),
        "Duplicates": (0, "₽0.00"),
        "Canceled": (1, "₽5.00"),
        "Errors": (2, "₽40.00"),
        "The whole file": (7, "₽1,592.50"),
    }


def test_each_row_says_why(accountant, books):
    draft = inside(books, lambda: checked(csv()))
    page = accountant(lastcheck_of(draft))
    for words in (
        "nobody has this contract",
        "This row has no date.",
        "no sum of whole kopecks",
        "met a keyword",
    ):
        assert page.shows(words), words
    fates = {tag.text for tag in page.all("b", class_="place")}
    assert fates == {"To be credited", "Without a subscriber", "Canceled", "Error"}, "of one row, not of many"
    only = accountant(f"{lastcheck_of(draft)}&place=error")
    assert only.shows("This row has no date.") and not only.shows("999999")


def test_the_import_keeps_all_and_says_that_nothing_is_credited_yet(accountant, books):
    draft = inside(books, lambda: checked(csv()))
    post = accountant(lastcheck_of(draft)).form("import-form")
    sent = post.submit(status=303)
    assert sent.follow().shows("The statement is imported: 7 rows. Nothing is credited yet.")
    assert len(keys(books)) == 5
    again = post.submit(status=404)
    assert again.shows("no such draft of yours")


def test_a_changed_mapping_is_checked_again_before_it_is_imported(accountant, books):
    draft = inside(books, lambda: checked(csv()))
    post = accountant(lastcheck_of(draft)).form("import-form")
    inside(books, lambda: drafts.map_anew(drafts.find(draft.hash, "buh"), UNNUMBERED))
    assert post.submit(status=303).follow().shows("changed or imported in another window")
    page = open_page(post.page.client, lastcheck_of(draft))
    assert page.location == mapping_of(draft)
    assert keys(books) == []


def test_whoever_imported_the_very_same_file_meanwhile_is_named(accountant, books):
    draft = inside(books, lambda: checked(csv()))
    post = accountant(lastcheck_of(draft)).form("import-form")
    inside(books, lambda: taken_in(csv(), "other"))
    assert post.submit(status=303).follow().shows("other has imported this very file meanwhile")
    assert len(keys(books)) == 5


def test_a_suspected_row_stands_beside_its_twin_and_a_person_says_what_it_is(accountant, books):
    inside(books, lambda: taken_in(csv(LINES[0]), "other", UNNUMBERED))
    draft = inside(books, lambda: checked(csv(LINES[0], head=HEAD + ";x"), rules=UNNUMBERED))
    page = accountant(lastcheck_of(draft))
    assert page.shows("equal to an earlier payment") and page.shows("“реестр.csv”, row 2")
    form = page.form("rowverdict")
    assert form.fields["verdict"].attrs["value"] in ("another", "same")
    data = {**form.values, "verdict": "another"}
    settled = open_page(page.client, form.action, data=data).follow()
    assert settled.shows("a person said: it is another payment")
    assert parts(settled)["To be credited"] == (1, "₽350.00")
    assert inside(books, lambda: rows(draft)[0].verdict) == "another"


def test_hostile_cells_are_words(accountant, books):
    bad = "24.11.2026;1,00;<b>7</b>;<script>alert(1)</script>;=cmd|'/c calc'!A0;op;"
    draft = inside(books, lambda: checked(csv(bad)))
    for address in (mapping_of(draft), lastcheck_of(draft)):
        assert accountant(address).shows("<script>alert(1)</script>")
    said = open_page(accountant(UPLOAD).client, f"{lastcheck_of(draft)}&csv=true").html
    assert ";'=cmd" in said or "=cmd" not in said


def test_a_row_of_another_draft_is_not_settled(accountant, books):
    inside(books, lambda: taken_in(csv(LINES[0]), "other", UNNUMBERED))
    theirs = inside(books, lambda: checked(csv(LINES[0], head=HEAD + ";x"), "other", UNNUMBERED))
    mine = inside(books, lambda: checked(csv(LINES[1]), "buh"))
    row = inside(books, lambda: rows(theirs)[0].id)
    given = {"draft": mine.hash, "row": str(row), "verdict": "another"}
    address = "/?module=banksta2&lastcheck=true&rowverdict=true"
    sent = accountant(lastcheck_of(mine)).post(address, given, status=303)
    assert sent.follow().shows("no doubt about this row")
    assert inside(books, lambda: rows(theirs)[0].verdict) == "suspected"


def test_a_large_draft_is_paged(accountant, books):
    many = [f"24.11.2026;{n},00;100001;Иванов;за интернет;op-{n};" for n in range(1, 400)]
    draft = inside(books, lambda: checked(csv(*many)))
    page = accountant(lastcheck_of(draft))
    assert page.shows("1–50 of 399")
    assert len(page.html) < 150_000


def test_a_draft_that_lost_its_file_says_so(accountant, books):
    draft = inside(books, lambda: draft_of(csv()))
    inside(books, lambda: drafts.path_of(draft).unlink())
    assert accountant(mapping_of(draft)).shows("The file is not there any more.")
