"""The form of a webhook: Ubilling's fields, and the second part of its address, which follows the ticked events."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import ValidationError

from modules.core.serial import serial
from modules.dreamkas.hooks import EVENTS, MASK, Webhook, door, is_base
from modules.dreamkas.views import may_manage
from modules.dreamkas.words import WEBHOOK_EVENTS

TICKS = {event: "whencashmentschk" if event == "encashments" else f"wh{event}chk" for event in EVENTS}


class WebhookForm(FlaskForm):
    """Where to, about what, on or off; the fields are Ubilling's (a lost "e" in whencashmentschk is theirs too)."""

    whurl = StringField(_l("URL to your Ubilling instance"))
    whproductschk = BooleanField(WEBHOOK_EVENTS["products"])
    whdeviceschk = BooleanField(WEBHOOK_EVENTS["devices"])
    whencashmentschk = BooleanField(WEBHOOK_EVENTS["encashments"])
    whreceiptschk = BooleanField(WEBHOOK_EVENTS["receipts"])
    whshiftschk = BooleanField(WEBHOOK_EVENTS["shifts"])
    whoperationschk = BooleanField(WEBHOOK_EVENTS["operations"])
    whdeviceRegistrationschk = BooleanField(WEBHOOK_EVENTS["deviceRegistrations"])
    whisactive = BooleanField(_l("Webhook active"))

    def validate_whurl(self, field: StringField) -> None:
        """http:// or https://, a host, maybe a folder."""
        field.data = (field.data or "").strip().rstrip("/")
        if not field.data:
            raise ValidationError(_("The address must not be empty."))
        if len(field.data) > 255 or not is_base(field.data):
            raise ValidationError(_("Write it like https://billing.example.net, without ? and #."))

    def validate_whproductschk(self, field: BooleanField) -> None:
        """A webhook about nothing is none."""
        if not self.events:
            raise ValidationError(_("Tick at least one event."))

    @property
    def events(self) -> list[str]:
        """The chosen events."""
        return [event for event, name in TICKS.items() if self[name].data]

    @property
    def ticks(self) -> list[BooleanField]:
        """The boxes of the events."""
        return [self[name] for name in TICKS.values()]

    @property
    def second(self) -> str:
        """The second part of the address, as it follows the boxes; the key is for those who may manage."""
        return door(self.events, serial() if may_manage() else MASK)

    def take(self, hook: Webhook) -> None:
        """What the webhook is now."""
        self.whurl.data, self.whisactive.data = hook.address.base, hook.active is not False
        for event, name in TICKS.items():
            self[name].data = hook.types[event]
