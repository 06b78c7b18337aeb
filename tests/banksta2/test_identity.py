"""Each payment of the bank is credited once, whatever files it comes in; an honest second one is not lost."""

from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from modules.banksta2.identity import MIDNIGHT, NEW, SAME, SUSPECTED, Fact, Known, judge

DAY = date(2026, 11, 24)
PLAIN = Fact(DAY, 35000, payer="Иванов Иван", purpose="За Интернет, дог. 100001")
NUMBERED = replace(PLAIN, bank_id="op-1")
TIMED = replace(PLAIN, time=time(21, 10, 5))


class Books:
    """Files imported one after the other; a row is remembered unless it was found to be the same."""

    def __init__(self):
        self.rows, self.keys, self.credited = [], set(), []

    def take(self, *facts):
        verdicts = judge(facts, self.rows)
        for fact, verdict in zip(facts, verdicts, strict=True):
            if verdict.kind != SAME:
                self.rows.append(Known(len(self.rows) + 1, fact))
            if verdict.key:
                assert verdict.key not in self.keys, "two rows would hold one key"
                self.keys.add(verdict.key)
                self.credited.append(fact)
        return [verdict.kind for verdict in verdicts]


def test_a_row_without_date_or_sum_has_no_verdict():
    assert judge([None, PLAIN], [])[0] is None


def test_the_same_file_again_with_numbers_or_times_is_the_same():
    for fact in (NUMBERED, TIMED):
        books = Books()
        assert books.take(fact) == [NEW]
        assert books.take(fact) == [SAME]


def test_the_same_file_again_without_them_is_suspected():
    books = Books()
    books.take(PLAIN)
    verdict = judge([PLAIN], books.rows)[0]
    assert (verdict.kind, verdict.twin, verdict.key) == (SUSPECTED, 1, None)


def test_two_honest_equal_payments_of_one_file_are_two():
    books = Books()
    assert books.take(PLAIN, PLAIN) == [NEW, NEW]
    assert len(books.keys) == 2


def test_a_second_equal_row_is_new_when_the_books_have_one():
    books = Books()
    books.take(PLAIN)
    assert books.take(PLAIN, PLAIN) == [SUSPECTED, NEW]


def test_a_number_stays_taken_when_an_earlier_file_was_deleted():
    left = Known(2, PLAIN, occurrence=2)
    verdicts = judge([PLAIN, PLAIN], [left])
    assert [(verdict.kind, verdict.occurrence) for verdict in verdicts] == [(SUSPECTED, 2), (NEW, 3)]


def test_a_suspected_row_counts_as_well_so_that_a_third_file_credits_no_third_time():
    books = Books()
    books.take(PLAIN)
    books.take(PLAIN)
    assert books.take(PLAIN, PLAIN) == [SUSPECTED, SUSPECTED]


def test_another_spelling_is_the_same_payment():
    again = replace(PLAIN, payer="ИВАНОВ  ИВАН", purpose="за интернет  дог 100001")
    assert again.digest == PLAIN.digest
    assert replace(NUMBERED, bank_id="OP 1").digest == NUMBERED.digest


def test_the_same_payment_from_a_file_with_fewer_columns_is_suspected():
    books = Books()
    books.take(replace(NUMBERED, account="40702", document="17"))
    assert books.take(Fact(DAY, 35000, payer="Иванов Иван")) == [SUSPECTED]


def test_a_purpose_cut_short_is_suspected():
    books = Books()
    books.take(replace(PLAIN, purpose="за интернет " * 30))
    assert books.take(replace(PLAIN, purpose=("за интернет " * 30)[:60])) == [SUSPECTED]


def test_rows_that_contradict_each_other_are_two_payments():
    others = (
        {"bank_id": "op-2"},
        {"time": time(9)},
        {"document": "18"},
        {"payer_account": "408"},
        {"purpose": "ктв"},
    )
    whole = replace(NUMBERED, time=time(8), document="17", payer_account="407", account="40702")
    for other in ({"bank_id": "op-2"}, *others[4:], {"kopecks": 35001}, {"date": DAY + timedelta(1)}):
        books = Books()
        books.take(replace(whole, bank_id=""))
        assert books.take(replace(whole, **{"bank_id": "", "purpose": "ктв", **other})) == [NEW], other
    for other in others[:4]:
        books = Books()
        books.take(whole)
        assert books.take(replace(whole, **{"bank_id": "op-2", **other})) == [NEW], other


def test_one_number_under_different_words_is_a_doubt():
    books = Books()
    books.take(NUMBERED)
    assert books.take(replace(NUMBERED, payer="Петрова")) == [SUSPECTED]


def test_a_row_printed_twice_under_one_number_is_a_doubt():
    verdicts = judge([NUMBERED, NUMBERED], [])
    assert [verdict.kind for verdict in verdicts] == [NEW, SUSPECTED]
    assert verdicts[1].twin_row == 0


def test_one_number_for_a_pack_loses_no_payer_of_the_file():
    books = Books()
    assert books.take(NUMBERED, replace(NUMBERED, payer="Петрова")) == [NEW, NEW]


def test_midnight_is_no_time():
    books = Books()
    books.take(replace(PLAIN, time=MIDNIGHT))
    assert books.take(replace(PLAIN, time=MIDNIGHT)) == [SUSPECTED]


# --- properties ---

LOOKS = st.builds(
    Fact,
    date=st.dates(DAY, DAY + timedelta(2)),
    kopecks=st.sampled_from([100, 35000]),
    account=st.sampled_from(["", "40702"]),
    payer=st.sampled_from(["", "Иванов", "Петрова"]),
    purpose=st.sampled_from(["", "интернет", "ктв"]),
)


@st.composite
def cut(draw, facts):
    """A table of payments by day, cut into overlapping files that cover it, in any order, rows shuffled."""
    table = sorted(facts, key=lambda fact: fact.date)
    ends = draw(st.lists(st.tuples(st.integers(0, len(table)), st.integers(0, len(table))), max_size=4))
    windows = [table[min(pair) : max(pair)] for pair in ends]
    middle = draw(st.integers(0, len(table)))
    windows += [table[:middle], table[draw(st.integers(0, middle)) :]]
    return [draw(st.permutations(window)) for window in draw(st.permutations(windows))]


@given(st.data(), st.lists(LOOKS, max_size=12))
def test_payments_with_numbers_are_credited_once_each(data, looks):
    table = [replace(fact, bank_id=f"op-{place}") for place, fact in enumerate(looks)]
    credit_all_once(data, table)


@given(st.data(), st.lists(LOOKS, max_size=12))
def test_payments_with_times_are_credited_once_each(data, looks):
    table = [replace(fact, time=time(9, place, 30)) for place, fact in enumerate(looks)]
    credit_all_once(data, table)


def credit_all_once(data, table):
    books = Books()
    for file in data.draw(cut(table)):
        assert SUSPECTED not in books.take(*file)
    assert sorted(map(repr, books.credited)) == sorted(map(repr, table))


@given(st.data(), st.lists(LOOKS, max_size=12))
def test_without_them_nothing_is_credited_twice_and_nothing_is_dropped(data, looks):
    books = Books()
    taken = 0
    for file in data.draw(cut(looks)):
        assert SAME not in books.take(*file)
        taken += len(file)
    assert len(books.rows) == taken
    assert all(books.credited.count(fact) <= looks.count(fact) for fact in looks)


@given(st.data(), st.lists(st.one_of(LOOKS, LOOKS.map(lambda f: replace(f, bank_id="op"))), max_size=12))
def test_one_file_saved_anew_credits_nothing_more(data, looks):
    books = Books()
    books.take(*looks)
    credited = len(books.credited)
    books.take(*data.draw(st.permutations(looks)))
    assert len(books.credited) == credited
