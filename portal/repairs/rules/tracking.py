"""The public look-up of a repair's state (RP-9): what is typed, and how often."""

import datetime as dt
import re

#: Tries within the window: of one address, and at one number whoever asks.
TRIES_OF_ADDRESS, TRIES_AT_NUMBER = 30, 8
WINDOW = dt.timedelta(minutes=15)
_NUMBER = re.compile(r"BX-?([0-9]{4})-?([0-9]{6})")


def read_number(text: str) -> str | None:
    """A request's number as customers type it: small letters, blanks and missing dashes are forgiven."""
    found = _NUMBER.fullmatch(re.sub(r"\s", "", text).upper()[:40])
    return f"BX-{found[1]}-{found[2]}" if found else None


def read_digits(text: str) -> str | None:
    """The last four digits of a phone number; None for anything else."""
    digits = re.sub(r"\s", "", text)
    return digits if re.fullmatch(r"[0-9]{4}", digits) else None
