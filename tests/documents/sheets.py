"""Statements to print in tests: every figure follows from a few numbers, so that a view always adds up."""

from collections.abc import Sequence
from decimal import Decimal

from portal.documents.rules import (
    Bilingual,
    Change,
    Figures,
    Grant,
    Line,
    MonthFigures,
    Part,
    Party,
    Role,
    Section,
    StatementView,
    Terms,
    statement_title,
)
from portal.kernel.money import ZERO, share, total

D = Decimal
STATEMENT = "documents/statement.html"
MAKER = Party(
    name="星犁机械股份有限公司",
    tax_number="91370000MA00000X01",
    address="山东省潍坊市奎文区工业一路 1 号",
    phone="0536-0000000",
    bank="示例银行潍坊分行",
    account="1607 **** **** 0001",
    contact="何静　财务部",
)
DEALER = Party(
    name="临沂众邦工具有限公司",
    tax_number="91371300MA00000Y02",
    address="山东省临沂市兰山区通达路 88 号",
    phone="0539-0000000",
    bank="示例银行临沂分行",
    account="1588 **** **** 0302",
    contact="陈立众　139****6620",
)
MONTHS = ("2026-07", "2026-08", "2026-09")
PARTS = (
    ("XL35-3302", "柱塞泵修理包", "66.00"),
    ("XL60-1107", "反冲启动器", "52.00"),
    ("XL12-0408", "控制板 V2.3", "88.50"),
)
REASONS = (
    "回访扣款：顾客反映未维修（1 张）",
    "补记第二季度漏计回款",
    "运输差额更正，见双方往来函",
    "上期重复计费冲回",
)


def draws(count: int) -> tuple[Line, ...]:
    """`count` lines of drawn parts over the three months."""
    lines = []
    for i in range(count):
        item, text, price = PARTS[i % 3]
        quantity = 1 + i % 4
        month = MONTHS[i * 3 // max(count, 1)]
        lines.append(
            Line(
                date=f"{month}-{1 + i % 28:02d}",
                document=f"FH-2026-{100 + i // 3:06d}",
                item=item,
                text=text,
                quantity=quantity,
                unit_price=D(price),
                amount=quantity * D(price),
            )
        )
    return tuple(lines)


def adjustments(count: int) -> tuple[Line, ...]:
    """`count` lines of adjustments, plus and minus."""
    return tuple(
        Line(
            date=f"2026-09-{1 + i % 28:02d}",
            document=f"TZ-2026-{i + 1:06d}",
            text=REASONS[i % 4],
            amount=D(-66 if i % 2 else 50),
            belongs_to="2026Q2" if i % 4 == 1 else "",
        )
        for i in range(count)
    )


def statement(
    *,
    drawn: Sequence[Line] = draws(12),
    adjusted: Sequence[Line] = (),
    direct: Sequence[Line] = (),
    remitted: Sequence[str] = ("320000.00", "180500.55", "96000.00"),
    opening: str = "1250.00",
    rate: str = "0.025",
    maker: Party = MAKER,
    dealer: Party = DEALER,
    number: str = "JS-2026-000057",
    revision: int = 1,
    currency: str = "CNY",
) -> StatementView:
    """A statement of 2026Q3 under a remittance share."""
    months, so_far, granted_so_far = [], ZERO, ZERO
    for month, amount in zip(MONTHS, remitted, strict=True):
        so_far += D(amount)
        grant = share(so_far, D(rate)) - granted_so_far
        granted_so_far += grant
        months.append(
            MonthFigures(
                month=month,
                remitted=D(amount),
                remitted_so_far=so_far,
                granted=grant,
                granted_so_far=granted_so_far,
                drawn=_in(drawn, month),
                charged=ZERO,
                claims=ZERO,
                adjusted=_in(adjusted, month),
            )
        )
    sums = {
        part: total(line.amount for line in lines)
        for part, lines in (("drawn", drawn), ("adjusted", adjusted), ("direct", direct))
    }
    result = D(opening) + granted_so_far - sums["drawn"] + sums["adjusted"]
    overspent = max(-result, ZERO)
    figures = Figures(
        opening=D(opening),
        granted=granted_so_far,
        drawn=sums["drawn"],
        charged=ZERO,
        claims=ZERO,
        adjusted=sums["adjusted"],
        cancelled=ZERO,
        result=result,
        carried=max(result, ZERO),
        paid_out=ZERO,
        overspent=overspent,
        direct=sums["direct"],
        due=overspent + sums["direct"],
        payable=ZERO,
    )
    remittances = tuple(
        Line(
            date=f"{m.month}-15",
            document=f"HK-2026-{i:06d}",
            item=f"B{m.month[5:]}-0{i}",
            text="电汇",
            amount=m.remitted,
        )
        for i, m in enumerate(months, 1)
        if m.remitted
    )
    sections = {
        Part.REMITTANCES: remittances,
        Part.DRAWN: tuple(drawn),
        Part.ADJUSTED: tuple(adjusted),
        Part.DIRECT: tuple(direct),
    }
    return StatementView(
        title=statement_title(),
        number=number,
        revision=revision,
        issuer=maker.name,
        issued_on="2026-10-08",
        currency=currency,
        copies=(
            Bilingual("第一联　厂方财务", "Copy 1: manufacturer's finance"),
            Bilingual("第二联　经销商", "Copy 2: dealer"),
        ),
        roles=(
            Role(Bilingual("制表", "Prepared"), "何静", "2026-10-08"),
            Role(Bilingual("审核", "Checked"), "周敏", "2026-10-08"),
            Role(Bilingual("批准", "Approved"), "林国栋", "2026-10-08"),
        ),
        quarter="2026Q3",
        starts="2026-07-01",
        ends="2026-09-30",
        manufacturer=maker,
        dealer=dealer,
        terms=Terms(
            agreement="XY-2026-000012",
            version=2,
            effective_from="2026-07-01",
            clauses=(Bilingual("第 2 条　计提基础", "2 Bases"), Bilingual("第 3 条　季度结余", "3 Surplus")),
        ),
        figures=figures,
        grants=(
            Grant(
                basis=Bilingual("回款比例", "share of remittances"),
                formula=f"{D(rate) * 100:f}% × {so_far:,.2f}",
                amount=granted_so_far,
                documents=len(remittances),
            ),
        ),
        months=tuple(months),
        sections=tuple(Section(part, lines) for part, lines in sections.items() if lines),
        confirm_by="2026-10-18",
        due_on="2026-11-08" if overspent else "",
        changes=(Change(what=Bilingual("调整", "Adjustments"), before=ZERO, after=sums["adjusted"]),)
        if revision > 1
        else (),
        reason="经核对，补记第二季度漏计回款。" if revision > 1 else "",
    )


def _in(lines: Sequence[Line], month: str) -> D:
    return total(line.amount for line in lines if line.date.startswith(month))


def proven(view: StatementView) -> StatementView:
    """The view with a fixed code, as it is issued."""
    return view.proven("7F3A91C2D0B64KXQ8M2T", "https://portal.example.com")
