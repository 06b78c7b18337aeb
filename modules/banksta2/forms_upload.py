"""The forms of a file: which one, and how it is to be read where the guess is wrong. The fields are Ubilling's."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, IntegerField, SelectChoice, SelectField
from wtforms.validators import NumberRange, Optional, ValidationError

from modules.banksta2.facts import ROWS_AT_MOST
from modules.banksta2.models import Statement
from modules.banksta2.text import ENCODINGS

TAB = "tab"  # a browser may lose the sign itself
GUESS = SelectChoice("", _l("recognise it"))
DELIMITERS = (*map(SelectChoice, ";|,"), SelectChoice(TAB, _l("tabulation")))
ENDLESS = 10**9


def bounded(number: int | None) -> int | None:
    """A filter for whole numbers: one of hundreds of digits is refused as too large, and is no crash of NumberRange."""
    return None if number is None else max(-ENDLESS, min(number, ENDLESS))


class ReadingForm(FlaskForm):
    """How a file is to be read; what is left empty is recognised."""

    encoding = SelectField(_l("Encoding"), choices=[GUESS, *map(SelectChoice, ENCODINGS)], default="")
    delimiter = SelectField(_l("Delimiter"), choices=[GUESS, *DELIMITERS], default="")
    skiprowscount = IntegerField(
        _l("Skip rows"),
        [Optional(), NumberRange(0, ROWS_AT_MOST)],
        filters=[bounded],
        default=0,
        description=_l("from the top"),
    )
    usedbfcolnames = BooleanField(_l("DBF: the names of columns are the first row"))

    def take(self, draft: Statement) -> None:
        """Shows how the draft is read now."""
        self.encoding.data, self.delimiter.data = (
            draft.encoding,
            TAB if draft.delimiter == "\t" else draft.delimiter,
        )
        self.skiprowscount.data, self.usedbfcolnames.data = draft.skip_rows, draft.use_names

    @property
    def chosen(self) -> tuple[str, str, int, bool]:
        """Encoding, delimiter ("": recognise it), rows to skip, whether the names are row 1."""
        mark = self.delimiter.data or ""
        return (
            self.encoding.data or "",
            "\t" if mark == TAB else mark,
            self.skiprowscount.data or 0,
            bool(self.usedbfcolnames.data),
        )


class UploadForm(ReadingForm):
    """A file that the bank gave."""

    uploadbnksta2 = FileField(
        _l("File"),
        description=_l(
            "txt, csv, dbf, xls, xlsx, ods or 1C (kl_to_1c.txt); at most 20 MiB and 100 000 rows."
        ),
    )

    def validate_uploadbnksta2(self, field: FileField) -> None:
        """There must be one."""
        if not field.data or not field.data.filename:
            raise ValidationError(_("Choose the file first."))
