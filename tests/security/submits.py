"""What is sent with each call of the table of routes: enough that somebody who may gets through."""

import io
from collections.abc import Callable
from typing import Any

from portal.catalogue.rules import COLUMNS as UNITS
from portal.ledger.queries import COLUMNS as REMITTANCES
from portal.warranty.forms import COLUMNS as CARDS
from tests.people import PASSWORD
from tests.security import days, differences, money, problems, service
from tests.security.stage import PERSONAS, Stage, csv, jpeg

#: Made for a persona at a tenant and the values of the address.
Made = Callable[[Stage, str, dict[str, Any]], dict[str, Any]]


def maker(name: str) -> str:
    """The manufacturer whose goods a persona knows."""
    return "OM" if PERSONAS[name].tenant == "OM" else "MF"


def dealer(name: str) -> str:
    """A dealer of the persona's tenant: its own if it has one."""
    return PERSONAS[name].dealer or ("X01" if maker(name) == "OM" else "D01")


def point(name: str) -> str:
    return PERSONAS[name].point or dealer(name)


def _dealer_id(stage: Stage, name: str, _values: dict[str, Any]) -> str:
    return str(stage.world.dealers[dealer(name)])


def _lines(pieces: int) -> Made:
    def made(_stage: Stage, name: str, _values: dict[str, Any]) -> dict[str, Any]:
        code = f"P-{maker(name)}"
        return {"lines-0-part": code, "lines-0-code": code, "lines-0-pieces": pieces}

    return made


def _sale(_stage: Stage, name: str, _values: dict[str, Any]) -> dict[str, Any]:
    return {
        "serial": f"{point(name)}-2",
        "sale_date": "2026-05-19",
        "invoice": "INV-9",
        "customer": "王小明",
        "phone": "13800005678",
        "point": str(_stage.world.dealers[point(name)]),
    }


def _work(_stage: Stage, _name: str, _values: dict[str, Any]) -> dict[str, Any]:
    return {
        "incident": DAY,
        "cause": "product",
        "category": "C",
        "way": "bring_in",
        "resolved": "yes",
        "go": "check",
    }


def _details(text: str) -> dict[str, str]:
    return {"name": text, "contact": "王"}


def _asked(_stage: Stage, name: str, _values: dict[str, Any]) -> dict[str, Any]:
    """The dealer that a manufacturer looks at; dealers look at themselves."""
    return {} if PERSONAS[name].dealer else {"dealer": dealer(name)}


#: The present roles of the colleague that each organisation has in the stage.
ROLES = {"D01": "service", "MF": "auditor"}
REASON = {"reason": "because", "text": "because", "version": ""}
DAY = "2026-05-19"
#: Endpoint → fields, or what makes them; of a page they are its query.
DATA: dict[str, dict[str, Any] | Made] = {
    "batches.declare": lambda stage, name, values: {
        "model": "OM-48" if maker(name) == "OM" else "EB-48",
        "batch": "NEW",
        "reason": "because",
    },
    "batches.lift": REASON,
    "card_review.bulk": {"act": "accept"},
    "card_review.decide_many": lambda stage, name, _: {
        "verb": "accept",
        "card": stage.objects["card"][dealer(name)]["number"],
    },
    "claim_review.approve_many": lambda stage, name, _: {
        "claim": f"{stage.objects['claim'][dealer(name)]['number']}:1"
    },
    "claim_review.decide": {"reason": "unclear_photo", "text": "because", "version": ""},
    "claims.send": REASON,
    "company.save": _details("兼营进口有限公司"),
    "coverage.show": lambda stage, name, values: {
        "serial": f"{point(name)}-1",
        "day": DAY,
        "cause": "product",
    },
    "dealers.add": {**_details("新经销商"), "code": "N01"},
    "dealers.disable": REASON,
    "dealers.enable": REASON,
    "dealers.invite_owner": {"email": "new@example.test", "name": "New"},
    "dealers.save": _details("经销商"),
    "deliveries.receive": {"received_on": DAY},
    "extensions.ask": {"months": "6", "reason": "because"},
    "extensions.decide": {"act": "grant", "answer": "because", "version": ""},
    "extensions.extend": {"months": "6", "reason": "because"},
    "fees.add": {"code": "F-NEW", "name": "新", "amount": "1.00", "starts": DAY},
    "fees.change": {"name": "新", "active": "y"},
    "fees.set_fee": {"model": "", "amount": "2.00", "starts": "2026-06-01"},
    "insight.year": _asked,
    "insight.year_figure": _asked,
    "insight.year_pdf": _asked,
    "ledger.account": _asked,
    "ledger.adjust": lambda stage, name, values: {
        "dealer": dealer(name),
        "direction": "add",
        "amount": "5.00",
        "reason": "补记",
    },
    "ledger.download_movements": _asked,
    "ledger.quarter": _asked,
    "ledger.statement": _asked,
    "oldparts.arrive": {"arrived_on": "2026-05-20"},
    "oldparts.counted": {"items-0-place": "1", "items-0-came": "1", "act": "count"},
    "oldparts.pack": lambda stage, name, values: {
        "items-0-debt": stage.objects["old_debt"][dealer(name)]["id"],
        "items-0-pieces": "1",
        "boxes": "1",
    },
    "oldparts.receive": lambda stage, name, values: {
        "dealer": dealer(name),
        "rows-0-part": f"X-{maker(name)}",
        "rows-0-pieces": "1",
    },
    "oldparts.send": {"carrier": "示例快运", "waybill": "YD-9", "boxes": "1"},
    "oldparts.unpack": REASON,
    "operator.add": {
        "code": "NEW",
        "name": "新厂",
        "timezone": "Asia/Shanghai",
        "admin_email": "a@example.test",
        "admin_name": "A",
    },
    "operator.invite_admin": {"email": "a@example.test", "name": "A"},
    "part_list.add": {"code": "P-NEW", "name": "新", "unit": "件", "price": "1.00", "starts": DAY},
    "part_list.change": {"name": "新", "unit": "件", "active": "y"},
    "part_list.set_price": {"price": "2.00", "starts": "2026-06-01"},
    "parts.cancel": REASON,
    "parts.decide": _lines(2),
    "parts.end_rest": REASON,
    "parts.file": lambda stage, name, values: {
        **_lines(1)(stage, name, values),
        "purpose": "stock",
        "purpose_note": "x",
        "shipping": "ordinary",
        "consent": "y",
        "act": "file",
    },
    "parts.cover": _lines(1),
    "parts.receive": _lines(1),
    "parts.reject": REASON,
    "parts.report_difference": lambda stage, name, values: {
        "part": f"P-{maker(name)}",
        "pieces": "1",
        "kind": "damaged",
        "note": "because",
    },
    "photos.send": {"file": jpeg(11)},
    "parts.ship": lambda stage, name, values: {
        **_lines(1)(stage, name, values),
        "carrier": "示例快运",
        "waybill": "YD-9",
    },
    "people.change_roles": lambda stage, name, values: {
        "roles": ["owner", "service"] if PERSONAS[name].dealer else ["finance"],
        "seen": ROLES.get(PERSONAS[name].organisation, ""),
    },
    "people.disable": REASON,
    "people.enable": REASON,
    "people.invite": lambda stage, name, values: {
        "email": "new@example.test",
        "name": "New",
        "roles": ["service"] if PERSONAS[name].dealer else ["finance"],
    },
    "products.add": {"model": "NEW", "name": "新", "months": "12"},
    "products.add_component": {"code": "C-NEW", "name": "新", "months": "6"},
    "products.change": {"name": "新", "months": "12", "active": "y"},
    "products.change_component": {"name": "新", "months": "6"},
    "remittances.judge": lambda stage, name, values: {
        "file": csv(REMITTANCES, dealer=dealer(name), date="2026-05-01", amount="10.00", bank_ref="N-1")
    },
    "remittances.record": lambda stage, name, values: {
        "dealer": dealer(name),
        "date": DAY,
        "amount": "10.00",
        "bank_ref": "N-2",
    },
    "remittances.reverse": REASON,
    "remittances.save": {"good": "1"},
    "reports.accept_many": lambda stage, name, values: {"sel": stage.objects["form"][dealer(name)]["number"]},
    "reports.check_record": {"record": "BXK-2026-000001", "verdict": "in_order"},
    "reports.remark": {"row": "", "column": "", "text": "请核对"},
    "reports.resubmit": REASON,
    "reports.send_back": REASON,
    "returns.ask": {"reason": "other", "text": "because", "version": ""},
    "returns.begin": lambda _stage, name, _values: {"serial": f"{point(name)}-6"},
    "returns.cancel": REASON,
    "returns.count": {"listed": "yes", "version": ""},
    "returns.decide": lambda _stage, name, _values: {"approve": f"{dealer(name)}-1", "waive": "y"},
    "fault_codes.add": {"kind": "symptom", "code": "S-NEW", "name": "新"},
    "fault_codes.change": {"name": "新", "active": "y", "version": ""},
    "repairs.add_photos": {"photo_plate_files": jpeg(10)},
    "repairs.answer": _work,
    "repairs.autosave": _work,
    "repairs.begin": lambda stage, name, values: {"serial": f"{point(name)}-6"},
    "repairs.change_unit": lambda stage, name, values: {"serial": f"{point(name)}-6"},
    "repairs.correct": lambda stage, name, values: {**_work(stage, name, values), "why": "because"},
    "repairs.file": {"agreed": "y", "agreed_way": "signed", "shown": "0.00", "stock": "y"},
    "repairs.fill": _work,
    "repairs.reveal": REASON,
    "repairs.sign": {"scan": jpeg(10), "version": ""},
    "repairs.void": REASON,
    "returns.describe": {"found": DAY, "cause": "product", "fault": "x", "packing": "original", "repair": ""},
    "returns.dispose": {"disposition": "repaired", "inbound": "1.00"},
    "returns.inspect": {"text": "because", "version": ""},
    "returns.let_go": lambda _stage, name, _values: {"serial": f"{dealer(name)}-3", "text": "because"},
    "returns.preview": {"disposition": "repaired", "inbound": "1.00"},
    "returns.put_in": lambda _stage, name, _values: {"serial": f"{point(name)}-6"},
    "return_desk.release": {"how": "sent_back"},
    "return_desk.scan": {"serial": "NOBODYS-1", "condition": "good", "packing": "original"},
    "returns.send_ahead": {"new_serial": "NEW-9"},
    "returns.send_answer": {"text": "because"},
    "returns.ship": {"carrier": "x", "waybill": "y"},
    "statements.dispute": REASON,
    "statements.reply": REASON,
    "statements.revise": REASON,
    "stock.book": lambda stage, name, values: {
        "extra-0-part": f"S-{point(name)}",
        "extra-0-counted": "4",
        "extra-0-reason": "because",
    },
    "stock.send_back": {"pieces": "1", "note": "because"},
    "stock.set_minimum": {"minimum": "5"},
    "tenants.ask_reset": {"email": "dana@example.test"},
    "tenants.change_password": {
        "present": PASSWORD,
        "password": "another long password",
        "repeat": "another long password",
    },
    "tenants.save_profile": {"name": "New", "language": "en"},
    "tenants.sign_in_post": {"email": "dana@example.test", "password": PASSWORD},
    "units.ship_post": lambda stage, name, values: {
        "dealer": dealer(name),
        "model": "OM-48" if maker(name) == "OM" else "EB-48",
        "shipped_on": DAY,
        "serials": "NEW-1\nNEW-2",
    },
    "units.upload": lambda stage, name, values: {
        "file": csv(
            UNITS, dealer=dealer(name), model="EB-48", serial="NEW-9", batch="B", shipped_on="2026-05-01"
        )
    },
    "warranty.begin": lambda stage, name, values: {"serial": f"{point(name)}-5"},
    "warranty.change_unit": lambda stage, name, values: {"serial": f"{point(name)}-5"},
    "warranty.fill": _sale,
    "warranty.autosave": _sale,
    "warranty.read": lambda stage, name, values: {
        "file": csv(
            CARDS,
            serial=f"{point(name)}-4",
            customer="王",
            phone="13800005678",
            sale_date=DAY,
            invoice="INV-8",
        )
    },
    "warranty.resubmit": _sale,
    "warranty.reveal": REASON,
    "warranty.withdraw": REASON,
}


DATA |= service.data(point, maker)
DATA |= differences.DATA
DATA |= money.DATA
DATA |= days.DATA
DATA |= problems.data(point)


def submit(stage: Stage, endpoint: str, method: str, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Arguments for the client: the form's fields, or the page's query; files are made anew for each call."""
    known = DATA.get(endpoint, {})
    fields = known(stage, name, values) if callable(known) else known
    if method == "GET":
        return {"query_string": fields} if fields else {}
    made = {
        key: (io.BytesIO(value), "photo.jpg") if isinstance(value, bytes) else value
        for key, value in fields.items()
    }
    return {"data": made} if made else {}
