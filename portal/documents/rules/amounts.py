"""人民币大写: amounts in capitals as money documents need them (ST-3).

The customs that are followed: 人民币 stands directly before the amount; one 零 for a run of zeros inside;
a 零 after 元 when the 角 is missing and the 分 is not; 整 after 元 and after 角, never after 分.

1,409.50 → 人民币壹仟肆佰零玖元伍角整
6,007.14 → 人民币陆仟零柒元壹角肆分
325.04 → 人民币叁佰贰拾伍元零肆分
"""

from decimal import Decimal

from portal.kernel.money import LIMIT, to_minor

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = (("仟", 1000), ("佰", 100), ("拾", 10), ("", 1))
_MYRIADS = (("亿", 10**8), ("万", 10**4), ("", 1))


def capital_amount(amount: Decimal) -> str:
    """`Decimal("6942.72")` → 人民币陆仟玖佰肆拾贰元柒角贰分; a negative amount has 负 after 人民币.

    Raises ValueError for parts of a cent and for amounts of a trillion and more.
    """
    if abs(amount) >= LIMIT:
        raise ValueError(f"{amount} is too large to be written out")
    minor = to_minor(amount)
    yuan, cents = divmod(abs(minor), 100)
    return "人民币" + ("负" if minor < 0 else "") + _whole(yuan, cents) + _cents(yuan, cents)


def _whole(yuan: int, cents: int) -> str:
    """The part up to 元; empty for amounts below one 元, which begin with 角 or 分."""
    if yuan == 0:
        return "" if cents else "零元"
    written, gap = "", False
    for myriad, size in _MYRIADS:
        group = yuan // size % 10_000
        for place, weight in _PLACES:
            digit = group // weight % 10
            if digit:
                written += ("零" if gap and written else "") + _DIGITS[digit] + place
            gap = not digit
        if group:
            written += myriad
    return written + "元"


def _cents(yuan: int, cents: int) -> str:
    tenths, hundredths = divmod(cents, 10)
    if not cents:
        return "整"
    if not hundredths:
        return f"{_DIGITS[tenths]}角整"
    gap = "零" if yuan and not tenths else ""
    return gap + (f"{_DIGITS[tenths]}角" if tenths else "") + f"{_DIGITS[hundredths]}分"
