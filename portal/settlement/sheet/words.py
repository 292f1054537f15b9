"""The words of a statement's lines: printed in both languages, read on a page in the reader's (ST-3)."""

from collections.abc import Mapping

from portal.agreements.rules import BaseKind
from portal.documents.rules import Bilingual

#: What a grant is for, and what takes one back.
GRANTED: Mapping[tuple[str, bool], Bilingual] = {
    (BaseKind.REMITTANCE_SHARE, True): Bilingual("回款提成", "Share of remittance"),
    (BaseKind.REMITTANCE_SHARE, False): Bilingual("回款冲回", "Reversal"),
    (BaseKind.CARD_FEE, True): Bilingual("回执卡服务费", "Card fee"),
    (BaseKind.CARD_FEE, False): Bilingual("回执卡作废", "Card voided"),
    (BaseKind.SALES_SHARE, True): Bilingual("年度销售额提成", "Share of sales"),
    (BaseKind.SALES_SHARE, False): Bilingual("销售额冲回", "Sales reversed"),
    (BaseKind.FLAT_PER_REPAIR, True): Bilingual("维修定额", "Flat fee per repair"),
    (BaseKind.APPROVED_CLAIMS, True): Bilingual("核准索赔", "Approved claim"),
    (BaseKind.PROFIT_SHARE, True): Bilingual("利润分成", "Share of profit"),
    (BaseKind.PROFIT_SHARE, False): Bilingual("亏损分担", "Share of loss"),
}
TAKEN_BACK = Bilingual("核定收回", "Taken back")
CREDITED = Bilingual("整机退货，收回服务费", "Unit credited")
REMITTED = Bilingual("回款", "Remittance")
REMITTANCE_REVERSED = Bilingual("回款冲回", "Reversal")
SOLD = Bilingual("销售额", "Sales")
FIGURE_REVERSED = Bilingual("冲回", "Reversal")
CLAIMED = Bilingual("工时与上门费", "Labour and on-site")
EXPRESS = Bilingual("加急运费", "Express surcharge")
OLD_PART_OWED = Bilingual("旧件逾期未返", "Old part not returned")
OLD_PART_BACK = Bilingual("旧件扣款退回", "Old part paid back")
#: What a return charges, by the column of the cost matrix as its sources name it.
RETURNED: Mapping[str, Bilingual] = {
    "inbound": Bilingual("退货返修：寄回厂方运费", "Return: inbound freight"),
    "outbound": Bilingual("退货返修：寄返运费", "Return: outbound freight"),
    "parts": Bilingual("退货返修：配件", "Return: parts"),
    "labour": Bilingual("退货返修：工时", "Return: labour"),
}
RETURN_COST = Bilingual("退货返修：费用", "Return: cost")
_ALL = (
    *GRANTED.values(),
    *(TAKEN_BACK, CREDITED, REMITTED, REMITTANCE_REVERSED, SOLD, FIGURE_REVERSED, CLAIMED, EXPRESS),
    *(OLD_PART_OWED, OLD_PART_BACK, *RETURNED.values(), RETURN_COST),
)


def printed(words: Bilingual, memo: str = "") -> str:
    """Both languages, then what was noted: `加急运费 Express surcharge SF-1`."""
    return f"{words.zh} {words.en} {memo}".strip()


def on_screen(text: str, *, english: bool) -> str:
    """The same of a frozen line in one language: `加急运费 SF-1`; what has none of these words stays as it is."""
    for words in _ALL:
        both = printed(words)
        if text == both or text.startswith(f"{both} "):
            return (words.en if english else words.zh) + text[len(both) :]
    return text
