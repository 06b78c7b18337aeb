"""The forms of signing in and of one's own password."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from modules.core.admins import SHORTEST_PASSWORD

LONGEST = 200


class SignInForm(FlaskForm):
    """Who comes."""

    login = StringField(_l("Login"), [InputRequired(_l("Type your login."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Type your password."))])
    next = HiddenField()


class PasswordForm(FlaskForm):
    """A new password for oneself."""

    current = PasswordField(_l("Current password"), [InputRequired(_l("Type your current password."))])
    new = PasswordField(
        _l("New password"),
        [
            InputRequired(_l("Type a new password.")),
            Length(SHORTEST_PASSWORD, LONGEST, _l("From %(min)d to %(max)d characters.")),
        ],
    )
    again = PasswordField(
        _l("New password again"),
        [InputRequired(_l("Type the new password again.")), EqualTo("new", _l("The two are not the same."))],
    )
