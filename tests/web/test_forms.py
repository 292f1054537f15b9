"""Fields whose text is read: blanks are nothing typed, whatever blanks they are."""

import pytest
from flask import Flask
from wtforms.validators import InputRequired, Optional

from portal.web.forms import DateField, Form, MoneyField, SafeInteger


class Needed(Form):
    day = DateField("Day", [InputRequired("A day.")])
    amount = MoneyField("Amount", [InputRequired("An amount.")])
    months = SafeInteger("Months", [InputRequired("Months.")])
    later = DateField("Later", [Optional()])


@pytest.mark.parametrize("blank", ["", " ", "\x00", "\t\u202e"])
def test_a_required_field_of_blanks_is_missed_and_an_optional_one_is_empty(
    sqlite_app: Flask, blank: str
) -> None:
    fields = dict.fromkeys(("day", "amount", "months", "later"), blank)
    with sqlite_app.test_request_context("/", method="POST", data=fields):
        form = Needed(meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {"day": ["A day."], "amount": ["An amount."], "months": ["Months."]}
        assert form.later.data is None
