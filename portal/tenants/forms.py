"""Forms of sign-in, people, dealers and tenants."""

from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from portal.kernel.i18n import lazy_gettext as _l
from portal.web.forms import Form


class SignInForm(Form):
    """E-mail and password."""

    email = EmailField(_l("E-mail"), [InputRequired(_l("Enter your e-mail address.")), Length(max=120)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=200)])
