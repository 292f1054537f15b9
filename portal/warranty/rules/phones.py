"""Customers' phone numbers, names and addresses: how they are read, kept and masked (WC-3, PII-1)."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

#: The country whose numbers are written without a prefix.
REGION = "CN"
#: A mobile of that country as it is kept: nearly every number of a list, and dialled as it stands there.
_MOBILE = re.compile(r"\+86(1[3-9][0-9]{9})")
_KINDS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def normalise_phone(text: str) -> str:
    """`"138 0000 5678"` → `"+8613800005678"`, `"010-62345678"` → `"+861062345678"`: the form that is kept.

    Mobiles and landlines with their area code; numbers of other countries with their prefix.
    Raises ValueError for anything else: too short, service numbers (400 …), extensions.
    """
    try:
        number = phonenumbers.parse(text, REGION)
    except NumberParseException:
        raise ValueError(f"not a phone number: {text!r}") from None
    valid = phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in _KINDS
    if not valid or number.extension:
        raise ValueError(f"not a phone number: {text!r}")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def local_digits(phone: str) -> str:
    """A kept number as people dial it: `"13800005678"`, `"01062345678"`; foreign ones with their prefix."""
    if mobile := _MOBILE.fullmatch(phone):
        return mobile[1]
    number = phonenumbers.parse(phone, REGION)
    if phonenumbers.region_code_for_country_code(number.country_code or 0) != REGION:
        return phone
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return "".join(character for character in national if character.isdigit())


def mask_phone(phone: str) -> str:
    """A kept number as lists and exports show it: `"138****5678"`, `"010****5678"`, `"+85****4567"`.

    The first three and the last four characters stay; of a number too short for that only the last two.
    """
    digits = local_digits(phone)
    if len(digits) < 11:
        return f"****{digits[-2:]}"
    return f"{digits[:3]}****{digits[-4:]}"


def mask_name(name: str) -> str:
    """`"王小明"` → `"王**"`: the first character and two stars, whatever the length."""
    name = name.strip()
    return f"{name[0]}**" if name else ""


#: Province, city and district of an address; the last of these words that it names ends what is shown.
_PLACE = r"[^\d\s路街道号]{1,8}?"
_DISTRICT = re.compile(
    rf"{_PLACE}(?:省|自治区|市|州|盟)(?:{_PLACE}[市州盟])?(?:{_PLACE}[区县市旗])?|{_PLACE}[区县旗]"
)


def mask_address(address: str) -> str:
    """`"山东省临沂市兰山区某路 1 号"` → `"山东省临沂市兰山区****"`: down to the district (PII-1).

    Of an address without such words the first three characters stay.
    """
    address = address.strip()
    if not address:
        return ""
    found = _DISTRICT.match(address)
    return f"{found[0] if found else address[:3]}****"
