"""The made-up companies of the demo, their people and their agreements. Every name says that it is an example."""

from dataclasses import dataclass
from typing import Any

#: Roles of the people who do everything at a small dealer.
ALL = ("owner", "service", "accounts")


@dataclass(frozen=True)
class Company:
    """An organisation on the platform; with `code` it is a manufacturer."""

    key: str
    name: str
    code: str = ""
    address: str = ""


@dataclass(frozen=True)
class Somebody:
    """A persona: signs in as `<persona>@example.test`, acts for one company with these roles."""

    persona: str
    name: str
    company: str
    roles: tuple[str, ...]
    phone: str = ""
    language: str = "zh_Hans"


@dataclass(frozen=True)
class Business:
    """A dealer as one manufacturer knows it, and how busy it is."""

    maker: str
    code: str
    company: str
    owner: str
    clerk: str
    models: tuple[str, ...]
    #: Units shipped to it, parts requests it files, and remittances it makes, a month.
    units: float
    requests: float = 0
    remittances: int = 0
    #: The usual remittance, in yuan.
    remits: int = 0
    parent: str = ""
    region: str = ""
    #: In which of the demo's quarters the agreement begins.
    joins: int = 0
    #: Cards are filed many at a time.
    bulk: bool = False
    #: Leaves statements unanswered, so that they count as confirmed.
    silent: bool = False
    terms: Any = None

    @property
    def tenant(self) -> str:
        """The part of its people's addresses that names it."""
        return f"{self.maker}~{self.code}"


COMPANIES = (
    Company("ev", "示例电动车有限公司", "EV", "示例市工业园一路 1 号"),
    Company("fm", "示例农机有限公司", "FM", "示例市农机大道 8 号"),
    Company("east", "示例城东车行", address="示例市城东区示例路 11 号"),
    Company("zone", "示例开发区车行", address="示例市开发区示例街 12 号"),
    Company("river", "示例江北机电有限公司", address="示例市江北区示例路 21 号"),
    Company("south", "示例南山商贸有限公司", address="示例市南山区示例路 31 号"),
    Company("harbour", "Example Harbour Trading Ltd.", address="41 Example Quay, Example City"),
    Company("west", "示例河西农机经销部", address="示例县河西镇示例街 51 号"),
    Company("valley", "Example Valley Machinery Ltd.", address="61 Example Road, Example Valley"),
)

PEOPLE = (
    Somebody("adi", "安迪", "ev", ("admin",)),
    Somebody("mei", "梅岚", "ev", ("reviewer",)),
    Somebody("wen", "文洲", "ev", ("warehouse",)),
    Somebody("qin", "秦朗", "ev", ("quality",)),
    Somebody("fei", "费雯", "ev", ("finance",)),
    Somebody("fay", "方宜", "ev", ("finance",)),
    Somebody("lin", "林立", "ev", ("auditor",)),
    Somebody("otto", "欧拓", "fm", ("admin", "reviewer", "warehouse", "finance")),
    # For the company that makes farm machinery and deals in electric vehicles: both sides.
    Somebody("ida", "易达", "fm", ("finance", *ALL)),
    Somebody("dana", "戴娜", "east", ("owner",), "13800000011"),
    Somebody("tom", "唐明", "east", ("service",), "13800000012"),
    Somebody("kai", "凯文", "east", ("accounts",), "13800000013"),
    Somebody("sub", "苏北", "zone", ("owner", "service"), "13800000014"),
    Somebody("rival", "芮华", "river", ALL, "13800000021"),
    Somebody("nan", "南希", "south", ALL, "13800000031"),
    Somebody("grace", "Grace Example", "harbour", ALL, "13800000041", "en"),
    Somebody("he", "何西", "west", ALL, "13800000051"),
    Somebody("vera", "Vera Sample", "valley", ALL, "13800000061", "en"),
)
OPERATOR = Somebody("op", "平台运营", "", ())

_E = ("EB-48", "EB-60", "EC-20")
_F = ("TR-35", "RT-08", "HV-12")


def _share(rate: str) -> dict[str, str]:
    return {"kind": "remittance_share", "rate": rate}


def _fee(fee: str) -> dict[str, str]:
    return {"kind": "card_fee", "fee": fee}


_FLAT = {"kind": "flat_per_repair", "fee": "45.00", "onsite": "20.00"}
_CLAIMS = {"kind": "approved_claims"}

BUSINESSES = (
    Business(
        maker="EV",
        code="D01",
        company="east",
        owner="dana",
        clerk="tom",
        models=_E,
        units=8,
        requests=2.6,
        remittances=2,
        remits=54_000,
        region="示例市城东",
        terms={"bases": [_share("2.5%"), _fee("15.00")]},
    ),
    Business(
        maker="EV",
        code="D01S",
        company="zone",
        parent="D01",
        owner="sub",
        clerk="sub",
        models=_E[:2],
        units=3,
        region="示例市开发区",
    ),
    Business(
        maker="EV",
        code="D02",
        company="river",
        owner="rival",
        clerk="rival",
        models=_E,
        units=6,
        requests=1.8,
        remittances=2,
        remits=44_000,
        region="示例市江北",
        terms={"bases": [_share("2%"), _FLAT]},
    ),
    Business(
        maker="EV",
        code="D03",
        company="south",
        owner="nan",
        clerk="nan",
        models=_E[:2],
        units=6,
        requests=1,
        remittances=1,
        remits=60_000,
        region="示例市南山",
        bulk=True,
        terms={"bases": [_fee("60.00")], "card_due_days": 20},
    ),
    Business(
        maker="EV",
        code="D04",
        company="harbour",
        owner="grace",
        clerk="grace",
        models=_E[1:],
        units=5,
        requests=1.2,
        remittances=1,
        remits=62_000,
        region="Example City",
        joins=1,
        silent=True,
        terms={
            "bases": [_share("3%"), {"kind": "sales_share", "rate": "0.5%"}],
            "surplus": "pay_out",
            "deemed_confirm_days": 15,
            "late_card": "recognised",
        },
    ),
    Business(
        maker="EV",
        code="D05",
        company="fm",
        owner="ida",
        clerk="ida",
        models=_E[2:],
        units=2,
        requests=0.6,
        remittances=1,
        remits=30_000,
        region="示例市郊",
        terms={"bases": [_share("2%")], "forms": False},
    ),
    Business(
        maker="FM",
        code="N01",
        company="river",
        owner="rival",
        clerk="rival",
        models=_F,
        units=3,
        requests=1,
        remittances=1,
        remits=96_000,
        region="示例市江北",
        terms={"bases": [_share("1.5%"), _fee("40.00"), _CLAIMS], "card_due_days": 20, "claims": "draw"},
    ),
    Business(
        maker="FM",
        code="N02",
        company="west",
        owner="he",
        clerk="he",
        models=_F[1:],
        units=3,
        requests=0.6,
        remittances=1,
        remits=40_000,
        region="示例县河西",
        terms={"bases": [_fee("150.00")], "card_due_days": 20},
    ),
    Business(
        maker="FM",
        code="N03",
        company="valley",
        owner="vera",
        clerk="vera",
        models=_F[:2],
        units=2,
        requests=0.7,
        remittances=1,
        remits=84_000,
        region="Example Valley",
        joins=1,
        silent=True,
        terms={"bases": [_share("2.5%")]},
    ),
)
