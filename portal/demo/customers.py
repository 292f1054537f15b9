"""Customers of the demo: nobody in particular, by the dozen."""

import random
from dataclasses import dataclass

_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = (
    "小明",
    "建国",
    "秀英",
    "海燕",
    "志强",
    "丽",
    "伟",
    "芳",
    "军",
    "静",
    "春梅",
    "文博",
    "桂兰",
    "子涵",
    "国庆",
    "雨桐",
)
_ENGLISH = (
    "Alex Sample",
    "Bo Sample",
    "Chris Example",
    "Dee Example",
    "Eli Sample",
    "Fran Example",
    "Gil Sample",
)
_STREETS = ("示例路", "示例街", "样板路", "样板巷", "范例大道")


@dataclass(frozen=True)
class Customer:
    """Who bought a unit, as the dealer writes it on the card."""

    name: str
    phone: str
    address: str
    invoice: str


def customer(dice: random.Random, area: str) -> Customer:
    """Somebody from the dealer's territory; `area` is its name."""
    english = area.isascii()
    name = dice.choice(_ENGLISH) if english else dice.choice(_FAMILY) + dice.choice(_GIVEN)
    phone = f"1{dice.choice(('38', '39', '50', '86', '99'))}0000{dice.randrange(10_000):04d}"
    street, house = dice.choice(_STREETS), dice.randrange(1, 300)
    address = f"{house} Sample Street, {area}" if english else f"{area}{street} {house} 号"
    return Customer(name, phone, address, f"FP{dice.randrange(10**8):08d}")
