"""Forms of sign-in, people, dealers and tenants."""

import datetime as dt
from typing import Any, ClassVar
from zoneinfo import available_timezones

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import EqualTo, InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import label
from portal.kernel.i18n import lazy_gettext as _l
from portal.tenants.rules import PASSWORD_LENGTH, Role, roles_of
from portal.web.filters import LANGUAGE_NAMES
from portal.web.forms import DateField, Form, SafeInteger

#: What a role lets somebody do, in a few words, for the one who chooses.
ROLE_HINTS = {
    Role.ADMIN: _l("dealers, agreements, catalogue, people, audit log"),
    Role.REVIEWER: _l("reviews cards, parts requests and monthly forms"),
    Role.WAREHOUSE: _l("ships units and parts"),
    Role.QUALITY: _l("reads cards, parts and monthly forms"),
    Role.FINANCE: _l("remittances, ledger, quarterly settlement"),
    Role.AUDITOR: _l("reads everything, changes nothing"),
    Role.OWNER: _l("everything of the dealer, also its people and statements"),
    Role.SERVICE: _l("cards, units and parts requests"),
    Role.ACCOUNTS: _l("quota, remittances and statements"),
}
_PASSWORD = _l(
    "At least %(count)s characters. Several words in a row are easy to remember and hard to guess."
)


def _email(text: Any = None, **options: Any) -> EmailField:
    return EmailField(
        text or _l("E-mail"), [InputRequired(_l("Enter an e-mail address.")), Length(max=120)], **options
    )


def _name(text: Any = None) -> StringField:
    return StringField(text or _l("Name"), [InputRequired(_l("Enter a name.")), Length(max=60)])


class _NewPassword(Form):
    """A password that is chosen, twice."""

    password = PasswordField(_l("New password"), [InputRequired(_l("Enter a password.")), Length(max=200)])
    repeat = PasswordField(
        _l("The same again"),
        [
            InputRequired(_l("Enter the password again.")),
            EqualTo("password", _l("The two passwords differ.")),
        ],
    )

    @property
    def password_hint(self) -> str:
        """What a password must be."""
        return _(_PASSWORD.msgid, count=PASSWORD_LENGTH)


class SignInForm(Form):
    """E-mail and password."""

    email = _email()
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=200)])


class AskResetForm(Form):
    """Whose password is to be chosen anew."""

    email = _email()


class NewPasswordForm(_NewPassword):
    """A new password after a reset."""


class AcceptForm(_NewPassword):
    """Somebody new: name and password."""

    name = _name(_l("Your name, as colleagues and documents show it"))


class ChangePasswordForm(_NewPassword):
    """Another password; the present one shows that it is the person."""

    present = PasswordField(
        _l("Present password"), [InputRequired(_l("Enter your present password.")), Length(max=200)]
    )


class ProfileForm(Form):
    """What people say about themselves."""

    name = _name()
    phone = TelField(_l("Phone"), [Optional(), Length(max=30)])
    language = SelectField(_l("Language"), choices=())
    shortcuts = BooleanField(_l("Single-key shortcuts in review queues"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(code, full) for code, _short, full in LANGUAGE_NAMES]
        self.language.choices = [("", _("As the browser says")), *names]


class RolesForm(Form):
    """The roles of one side, with what each lets somebody do."""

    roles = SelectMultipleField(
        _l("Roles"),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
    )
    #: The roles that the page showed, so that two people who change them notice each other (OL-1).
    seen = HiddenField()

    def __init__(self, *args: Any, dealer: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles.choices = [
            (role.value, _("%(role)s: %(what)s", role=label(role), what=ROLE_HINTS[role]))
            for role in roles_of(dealer=dealer)
        ]


class InviteForm(RolesForm):
    """Whom to invite, and as what."""

    email = _email()
    name = _name()


class OwnerForm(Form):
    """The first owner of a dealer."""

    email = _email(_l("E-mail of the owner"))
    name = _name(_l("Name of the owner"))


class SwitchForm(Form):
    """Disabling or enabling a dealer."""

    version = SafeInteger("", widget=HiddenInput())
    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why.")), Length(max=500)])


class CompanyForm(Form):
    """What statements print of a company."""

    name = StringField(_l("Full name"), [InputRequired(_l("Enter the full name.")), Length(max=120)])
    tax_number = StringField(_l("Tax number"), [Optional(), Length(max=30)])
    address = StringField(_l("Address"), [Optional(), Length(max=200)])
    phone = StringField(_l("Phone"), [Optional(), Length(max=30)])
    contact = StringField(_l("Contact"), [Optional(), Length(max=60)])
    bank = StringField(_l("Bank"), [Optional(), Length(max=120)])
    bank_account = StringField(
        _l("Bank account"),
        [Optional(), Regexp(r"[0-9A-Za-z -]{4,40}$", message=_l("Enter letters and digits only."))],
    )

    def details(self) -> dict[str, str]:
        """The fields as commands take them."""
        return {name: str(self[name].data or "") for name in self.FIELDS}

    FIELDS: ClassVar[tuple[str, ...]] = (
        "name",
        "tax_number",
        "address",
        "phone",
        "contact",
        "bank",
        "bank_account",
    )


class DealerForm(CompanyForm):
    """A dealer's details."""

    version = SafeInteger("", widget=HiddenInput())
    region = StringField(_l("Territory"), [Optional(), Length(max=60)])
    FIELDS = (*CompanyForm.FIELDS, "region")


class NewDealerForm(DealerForm):
    """A dealer that comes new."""

    code = StringField(
        _l("Code"),
        [
            InputRequired(_l("Enter a code.")),
            Regexp(
                r"[A-Z0-9][A-Z0-9-]{0,19}$",
                message=_l("Use up to 20 capital letters, digits and hyphens, such as D01."),
            ),
        ],
    )
    parent_code = SelectField(_l("Sub-dealer of"), choices=(), validate_choice=False)


class DaysForm(Form):
    """Days that the manufacturer works, or doesn't, other than the public calendar says."""

    first = DateField(_l("First day"), [InputRequired(_l("Enter the first day."))])
    last = DateField(_l("Last day"), [Optional()])
    what = RadioField(_l("What they are"), default="off")
    name = StringField(_l("Occasion"), [InputRequired(_l("Name the occasion.")), Length(max=60)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what.choices = [("off", _("Days off")), ("worked", _("Working days"))]

    @property
    def begin(self) -> dt.date:
        """The first day."""
        assert self.first.data is not None
        return self.first.data

    @property
    def end(self) -> dt.date:
        """The last day; one day alone needs no second date."""
        return self.last.data or self.begin

    @property
    def worked(self) -> bool:
        """Whether the days are worked."""
        return bool(self.what.data == "worked")


class TenantForm(Form):
    """A manufacturer that comes to the platform, with its first administrator."""

    code = StringField(
        _l("Code"),
        [
            InputRequired(_l("Enter a code.")),
            Regexp(
                r"[A-Z0-9][A-Z0-9-]{0,19}$",
                message=_l("Use up to 20 capital letters, digits and hyphens, such as D01."),
            ),
        ],
    )
    name = StringField(_l("Full name"), [InputRequired(_l("Enter the full name.")), Length(max=120)])
    timezone = SelectField(_l("Time zone"), default="Asia/Shanghai", choices=())
    admin_email = _email(_l("E-mail of the first administrator"))
    admin_name = _name(_l("Name of the first administrator"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timezone.choices = sorted(zone for zone in available_timezones() if "/" in zone)


class AdminForm(Form):
    """Another administrator of a manufacturer."""

    email = _email()
    name = _name()
