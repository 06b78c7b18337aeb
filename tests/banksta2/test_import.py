"""From a file to the books: nothing is dropped, each payment of the bank is new once, whoever imports and how often."""

import io
import stat
import threading

import pytest
from sqlalchemy import func, select, update

from modules.banksta2 import ahead, checking, drafts, identity, importing, judging, statements
from modules.banksta2.drafts import AlreadyHere, NoDraft
from modules.banksta2.facts import Unreadable
from modules.banksta2.importing import NotChecked, Settled
from modules.banksta2.models import Statement, StatementRow
from modules.banksta2.standing import READY
from modules.billing.models import Contract, UkvUser
from modules.core.db import db, transact
from modules.core.journal import Weblog
from tests.banksta2.files import (
    HEAD,
    KOPECKS,
    LINES,
    RULES,
    UNNUMBERED,
    checked,
    csv,
    draft_of,
    keys,
    rows,
    taken_in,
)
from tests.books import nobodys_receipt
from tests.statements.make import one_c


@pytest.fixture
def inside_books(books):
    with books.app_context():
        yield books


def numbers(wanted=READY) -> list[int]:
    return list(db.session.scalars(select(StatementRow.row_number).where(wanted).order_by(StatementRow.id)))


# --- a draft ---


def test_a_file_lies_under_our_own_name_and_is_nobody_elses_to_read(inside_books):
    draft = drafts.bring(io.BytesIO(csv()), "../../etc/passwd", "buh")
    place = drafts.path_of(draft)
    assert place.parent == drafts.folder()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert (draft.filename, draft.kind, draft.encoding, draft.delimiter) == (
        "../../etc/passwd",
        "csv",
        "windows-1251",
        ";",
    )


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4 ...", b"\0" * 100])
def test_what_is_no_statement_leaves_nothing_behind(inside_books, data):
    with pytest.raises(Unreadable):
        drafts.bring(io.BytesIO(data), "x", "buh")
    assert list(drafts.folder().iterdir()) == []
    assert drafts.mine("buh") == []


def test_a_file_that_is_too_large_is_not_read_to_its_end(inside_books, monkeypatch):
    monkeypatch.setattr(drafts, "FILE_AT_MOST", 100_000)
    stream = io.BytesIO(b"1;2\n" * 100_000)
    with pytest.raises(Unreadable, match="too_large"):
        drafts.bring(stream, "x", "buh")
    assert stream.tell() < 200_000
    assert list(drafts.folder().iterdir()) == []


def test_the_same_file_again_is_told_with_who_holds_it(inside_books):
    first = draft_of(csv())
    with pytest.raises(AlreadyHere) as said:
        draft_of(csv())
    assert said.value.statement.hash == first.hash
    other = draft_of(csv(), admin="other")  # somebody else's draft hinders nobody
    assert drafts.others_with(other) == ["buh"]
    checking.check(first)
    importing.take_in(first.id, "buh")
    with pytest.raises(AlreadyHere) as said:
        draft_of(csv(), admin="third")
    assert said.value.statement.state == "imported"


def test_a_draft_is_its_admins_own(inside_books):
    draft = draft_of(csv())
    assert [one.hash for one in drafts.mine("buh")] == [draft.hash]
    assert drafts.mine("admin") == []
    with pytest.raises(NoDraft):
        drafts.find(draft.hash, "admin")
    checking.check(draft)
    with pytest.raises(NoDraft):
        importing.take_in(draft.id, "admin")


def test_a_draft_that_is_thrown_away_leaves_nothing_behind(inside_books):
    draft = checked(csv())
    drafts.throw_away(draft)
    assert drafts.mine("buh") == []
    assert list(drafts.folder().iterdir()) == []
    assert db.session.scalar(select(func.count()).select_from(StatementRow)) == 0


# --- the last check ---


def test_every_row_is_kept_with_what_was_understood(inside_books):
    draft = checked(csv())
    found = rows(draft)
    assert [row.row_number for row in found] == [2, 3, 4, 5, 6, 7, 8]
    assert [(row.service_type, row.subscriber) for row in found[:4]] == [
        ("Internet", "ivanov"),
        ("UKV", "1"),
        ("Internet", "sidorov"),
        ("", ""),
    ]
    assert [row.error for row in found] == ["", "", "", "", "", "no_date", "bad_sum"]
    assert [row.canceled_why for row in found if row.canceled] == ["skip_row"]
    assert (draft.rows_total, draft.sum_total) == (7, KOPECKS)
    assert sum(row.amount or 0 for row in found) == KOPECKS
    assert keys(inside_books) == []


def test_a_company_is_not_ticked_although_all_are(make_app, books, tmp_path):
    app = make_app(DREAMKAS_ALWAYS_FISCALIZE_ALL="1")
    with app.app_context():
        assert [row.tick for row in rows(taken_in(csv()))[:3]] == [True, True, False]


def test_a_row_whose_receipt_is_printed_already_is_not_ticked(make_app, books):
    app = make_app(DREAMKAS_ALWAYS_FISCALIZE_ALL="1")
    with app.app_context():
        first = rows(checked(csv()))[0]
        contract, kopecks = first.contract, first.amount
    nobodys_receipt(app, contract, kopecks)
    with app.app_context():
        assert [row.tick for row in rows(checked(csv(*LINES[:2])))] == [False, True]


def test_another_mapping_wants_another_check(inside_books):
    draft = checked(csv())
    drafts.map_anew(draft, UNNUMBERED)
    with pytest.raises(NotChecked):
        importing.take_in(draft.id, "buh")
    checking.check(draft)
    assert len(rows(draft)) == 7
    importing.take_in(draft.id, "buh")


def test_a_check_killed_in_the_middle_leaves_a_draft_that_is_checked_again(inside_books, monkeypatch):
    draft = draft_of(csv())
    monkeypatch.setattr(ahead, "AT_ONCE", 2)
    monkeypatch.setattr(checking, "_finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    monkeypatch.setattr(checking, "_forget", lambda *_: None)  # killed: nobody tidies up
    with pytest.raises(KeyboardInterrupt):
        checking.check(draft)
    assert len(rows(draft)) == 7
    with pytest.raises(NotChecked):
        importing.take_in(draft.id, "buh")
    monkeypatch.undo()
    checking.check(draft)
    assert len(rows(importing.take_in(draft.id, "buh"))) == 7


def test_two_checks_of_one_draft_at_once_do_not_double_its_rows(inside_books, monkeypatch):
    draft = draft_of(csv())
    inner = checking._keep_all

    def disturbed(one):
        kept = inner(one)
        inner(one)  # the other window, between this one's rows and its end
        return kept

    monkeypatch.setattr(checking, "_keep_all", disturbed)
    with pytest.raises(checking.Disturbed):
        checking.check(draft)
    assert rows(draft) == []


def test_a_file_that_is_cut_off_is_not_taken_in_part(inside_books):
    draft = draft_of(csv())
    place = drafts.path_of(draft)
    place.chmod(0o600)
    place.write_bytes(one_c({"Номер": "1"}, end="").encode("cp1251"))
    with pytest.raises(Unreadable):
        checking.check(draft)
    assert rows(draft) == []


# --- the books ---


def test_an_import_keeps_all_and_only_good_rows_may_be_credited(inside_books):
    statement = taken_in(csv())
    assert statement.state == "imported"
    assert len(rows(statement)) == 7
    assert numbers() == [2, 3, 4]
    assert len(keys(inside_books)) == 5  # the unknown one and the canceled one are payments of the bank too
    said = db.session.scalars(select(Weblog.event)).all()
    assert any("IMPORTED" in line and "7 rows" in line for line in said)


def test_an_overlapping_file_brings_only_what_is_new(inside_books):
    first = rows(taken_in(csv()))
    more = "25.11.2026;10,00;100001;Иванов И.И.;за интернет;op-8;"
    second = rows(taken_in(csv(LINES[0], more)))
    assert [row.verdict for row in second] == ["same", ""]
    assert second[0].twin_id == first[0].id
    assert numbers() == [2, 3, 4, 3]


def test_an_equal_row_without_a_number_is_a_doubt_that_a_person_settles(inside_books):
    taken_in(csv(LINES[0]), rules=UNNUMBERED)
    statement = taken_in(csv(LINES[0], LINES[1]), rules=UNNUMBERED)
    doubt, fresh = rows(statement)
    assert (doubt.verdict, fresh.verdict, numbers()) == ("suspected", "", [2, 3])
    importing.decide(statement, doubt.id, True, "buh")
    assert numbers() == [2, 2, 3]
    importing.decide(statement, doubt.id, False, "buh")
    assert numbers() == [2, 3]
    assert any("SAME PAYMENT" in line for line in db.session.scalars(select(Weblog.event)))


def test_a_doubt_settled_in_the_last_check_stays_settled(inside_books):
    taken_in(csv(LINES[0]), rules=UNNUMBERED)
    draft = checked(csv(LINES[0], head=HEAD + ";x"), rules=UNNUMBERED)
    importing.decide(draft, rows(draft)[0].id, True, "buh")
    importing.take_in(draft.id, "buh")
    row = rows(draft)[0]
    assert (row.verdict, row.identity_key) == ("another", f"{row.identity}:2")
    assert numbers() == [2, 2]


def test_what_is_no_doubt_or_was_sent_to_be_credited_can_not_be_settled(inside_books):
    statement = taken_in(csv(LINES[0]), rules=UNNUMBERED)
    with pytest.raises(Settled):
        importing.decide(statement, rows(statement)[0].id, True, "buh")
    again = taken_in(csv(LINES[0], head=HEAD + ";x"), rules=UNNUMBERED)
    doubt = rows(again)[0].id
    with pytest.raises(Settled):
        importing.decide(statement, doubt, True, "buh")  # a row of another statement
    importing.decide(again, doubt, True, "buh")
    transact(lambda session: session.execute(update(StatementRow).values(wanted_utc=again.created_utc)))
    with pytest.raises(Settled):
        importing.decide(again, doubt, False, "buh")


@pytest.mark.parametrize("rules", [RULES, UNNUMBERED])
def test_duplicates_of_a_statement_that_is_deleted_are_payments_again_each_once(inside_books, rules):
    equal = "24.11.2026;10,00;100001;Иванов И.И.;за интернет;;"
    first = taken_in(csv(*LINES, equal, equal), rules=rules)
    second = taken_in(csv(*reversed(LINES), equal, equal), "kassir", rules)
    third = taken_in(csv(*LINES, equal, equal, head=HEAD + ";"), "admin", rules)
    wanted = [row.amount for row in rows(first) if row.identity_key]
    assert not any(row.identity_key for row in [*rows(second), *rows(third)])
    statements.remove(first)
    assert sorted(row.amount for row in rows(second) if row.identity_key) == sorted(wanted)
    assert not any(row.verdict or row.twin_id for row in rows(second))
    here = {row.id for row in rows(second)}
    assert all(row.twin_id in here and row.verdict for row in rows(third) if row.identity and not row.error)
    statements.remove(second)
    assert sorted(row.amount for row in rows(third) if row.identity_key) == sorted(wanted)


def test_a_duplicate_keeps_to_another_statement_that_holds_it_too(inside_books):
    first, second = taken_in(csv(*LINES[:2])), taken_in(csv(*LINES[1:3]))
    third = taken_in(csv(*LINES[1:4]))
    assert [row.twin_id for row in rows(second)] == [rows(first)[1].id, None]
    statements.remove(first)
    assert [row.verdict for row in rows(second)] == ["", ""]
    assert [(row.verdict, row.twin_id) for row in rows(third)] == [
        *(("same", row.id) for row in rows(second)),
        ("", None),
    ]


def test_honest_equal_payments_of_one_file_are_all_taken(inside_books):
    taken_in(csv(LINES[0], LINES[0], LINES[0]), rules=UNNUMBERED)
    assert numbers() == [2, 3, 4]


def test_rows_of_one_day_and_sum_are_judged_together_however_many_are_read_at_once(inside_books, monkeypatch):
    monkeypatch.setattr(judging, "AT_ONCE", 2)
    taken_in(csv(*[LINES[0]] * 3, LINES[1]), rules=UNNUMBERED)
    again = rows(taken_in(csv(*[LINES[0]] * 5, LINES[1], LINES[2]), rules=UNNUMBERED))
    assert [row.verdict for row in again] == ["suspected"] * 3 + ["", ""] + ["suspected", ""]
    assert [row.occurrence for row in again[3:5]] == [4, 5]


def test_thousands_of_equal_sums_of_one_day_are_not_compared_each_with_each(inside_books, monkeypatch):
    calls, inner = [], identity._is_proved
    monkeypatch.setattr(identity, "_is_proved", lambda *two: (calls.append(1), inner(*two))[1])
    lines = [f"24.11.2026 12:00:00;350,00;100001;Иванов И.И.;за интернет;op-{n};" for n in range(500)]
    statement = checked(csv(*lines, lines[7]))
    assert [row.row_number for row in rows(statement) if row.verdict == "suspected"] == [502]
    assert len(calls) < 1000


def test_somebody_who_imported_the_same_file_meanwhile_is_named(inside_books):
    mine, other = checked(csv()), checked(csv(), admin="other")
    importing.take_in(other.id, "other")
    with pytest.raises(AlreadyHere) as said:
        importing.take_in(mine.id, "buh")
    assert said.value.statement.admin == "other"
    assert drafts.find(mine.hash, "buh").hash == mine.hash


def test_the_contract_finds_its_book_and_says_why_it_does_not(inside_books):
    def work(session):
        session.add_all([Contract(login="ivanov", contract="7"), UkvUser(contract="7", cash=0)])
        session.add_all([Contract(login="ivanov", contract="8"), Contract(login="sidorov", contract="8")])
        session.add(Contract(login="nobody", contract="9"))

    transact(work)
    asked = {("", "7"), ("Internet", "7"), ("Internet", "8"), ("", "9"), ("UKV", "100001"), ("", "unknown_3")}
    found = checking.finder.find(asked | {("", "200001")})
    assert {one: (holder.service, holder.key, holder.why) for one, holder in found.items()} == {
        ("", "7"): ("", "", "no_service"),
        ("Internet", "7"): ("Internet", "ivanov", ""),
        ("Internet", "8"): ("Internet", "", "several"),
        ("", "9"): ("", "", "nobody"),
        ("UKV", "100001"): ("UKV", "", "elsewhere"),
        ("", "unknown_3"): ("", "", "no_contract"),
        ("", "200001"): ("UKV", "1", ""),
    }


def test_a_contract_written_in_two_ways_in_one_file_is_found_in_both(inside_books):
    transact(lambda session: session.add(Contract(login="ivanov", contract="Ab-7")))
    found = checking.finder.find({("Internet", "Ab-7"), ("Internet", "ab-7"), ("Internet", "AB-7")})
    assert {contract: holder.key for (_service, contract), holder in found.items()} == {
        "Ab-7": "ivanov",
        "ab-7": "ivanov",
        "AB-7": "ivanov",
    }


def test_a_1c_file_needs_no_mapping(inside_books):
    document = {
        "Номер": "15",
        "Дата": "24.11.2026",
        "Сумма": "350.00",
        "Плательщик1": "Иванов",
        "ПлательщикСчет": "40817810000000000001",
        "ПолучательСчет": "40702810900000000001",
        "НазначениеПлатежа": "Оплата по договору 100001 за 11.2026",
    }
    cable = document | {"Номер": "16", "НазначениеПлатежа": "кабельное, договор 200001"}
    statement = taken_in(one_c(document, cable).encode("cp1251"), rules=None, skip=0)
    assert [(row.service_type, row.subscriber, row.amount, row.document) for row in rows(statement)] == [
        ("Internet", "ivanov", 35000, "15"),
        ("UKV", "1", 35000, "16"),
    ]


# --- at once ---


def at_once(app, jobs):
    """Runs them together; -> what each returned or raised."""
    said, gate = [None] * len(jobs), threading.Barrier(len(jobs))

    def run(place, job):
        with app.app_context():
            gate.wait()
            try:
                said[place] = job()
            except Exception as error:
                said[place] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return said


@pytest.mark.database
@pytest.mark.parametrize("rules", [None, UNNUMBERED], ids=["numbered", "plain"])
def test_overlapping_files_of_two_admins_at_once_bring_each_payment_once(any_books, rules):
    lines = [f"24.11.2026;{n},00;100001;Иванов И.И.;за интернет;op-{n};" for n in range(1, 60)]
    more = {} if rules is None else {"rules": rules}
    with any_books.app_context():
        one = checked(csv(*lines[:40]), "one", **more).id
        two = checked(csv(*lines[20:]), "two", **more).id
        db.session.remove()
    said = at_once(
        any_books, [lambda: importing.take_in(one, "one").id, lambda: importing.take_in(two, "two").id]
    )
    assert sorted(said) == sorted([one, two])
    assert len(keys(any_books)) == 59
    with any_books.app_context():
        kept = db.session.execute(select(StatementRow.verdict, func.count()).group_by(StatementRow.verdict))
        assert dict(kept.all()) == {"": 59, "same" if rules is None else "suspected": 20}


@pytest.mark.database
def test_one_file_imported_by_five_at_once_is_imported_once(any_books):
    people = [f"admin{n}" for n in range(5)]
    with any_books.app_context():
        ids = {who: checked(csv(), who).id for who in people}
        db.session.remove()
    said = at_once(any_books, [lambda who=who: importing.take_in(ids[who], who) for who in people])
    assert sorted(type(one).__name__ for one in said) == ["AlreadyHere"] * 4 + ["Statement"]
    assert len(keys(any_books)) == 5
    with any_books.app_context():
        states = db.session.scalars(select(Statement.state)).all()
    assert sorted(states) == ["draft"] * 4 + ["imported"]


@pytest.mark.database
def test_other_payments_take_the_next_free_keys_also_the_tenth(any_books):
    with any_books.app_context():
        taken_in(csv(LINES[0], LINES[1]), rules=UNNUMBERED)
        for number in range(1, 12):
            again = taken_in(csv(LINES[0], head=HEAD + ";" * number), rules=UNNUMBERED)
            doubt = rows(again)[0]
            importing.decide(again, doubt.id, True, "buh")
            assert rows(again)[0].identity_key == f"{doubt.identity}:{number + 1}"


@pytest.mark.database
def test_a_double_click_imports_once(any_books):
    with any_books.app_context():
        draft = checked(csv()).id
        db.session.remove()
    said = at_once(any_books, [lambda: importing.take_in(draft, "buh")] * 2)
    assert sorted(type(one).__name__ for one in said) == ["NoDraft", "Statement"]
    assert len(keys(any_books)) == 5
