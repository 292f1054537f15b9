"""A world in which every party has one of everything, each with a mark of its owner, and everybody is signed in."""

import datetime as dt
import io
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from portal.app import owner_engine
from portal.catalogue import commands as catalogue
from portal.catalogue.models import Delivery
from portal.catalogue.rules import COLUMNS as UNITS
from portal.catalogue.rules import Supply
from portal.documents.models import StoredDocument
from portal.drafts import commands as drafts
from portal.jobs import worker
from portal.kernel.db import db, session
from portal.kernel.numbering import NumberCounter
from portal.kernel.period import Quarter
from portal.ledger import commands as ledger
from portal.ledger.models import Entry
from portal.ledger.queries import COLUMNS as REMITTANCES
from portal.ledger.queries import COLUMNS_OF
from portal.ledger.rules import FigureKind
from portal.parts import commands as parts
from portal.parts.models import OldPartDebt
from portal.parts.rules import Purpose
from portal.quality import commands as quality
from portal.quality.models import DefectiveBatch
from portal.repairs import commands as repairs
from portal.repairs import queries as repaired
from portal.repairs.rules import Category, FaultKind, RepairDraft, RepairPhotoKind, SignatureKind
from portal.reports import commands as reports
from portal.returns import commands as returns
from portal.returns.models import QuarantinedUnit, ReturnPhoto
from portal.returns.rules import ReturnLine, ReturnReason
from portal.settlement import commands as settlement
from portal.settlement.models import Statement
from portal.tenants.models import Membership, Organisation, Person
from portal.warranty import commands as warranty
from portal.warranty.forms import COLUMNS as CARDS
from portal.warranty.models import CardPhoto
from portal.warranty.rules import CardAction, CardDraft, Cause, PhotoKind, RejectReason
from portal.web.uploads import read_photo
from tests import databases
from tests.people import PASSWORD, TODAY, World, make_world
from tests.printing import printed_here

Q1 = Quarter(2026, 1)
JAN = dt.date(2026, 1, 10)
SALES = COLUMNS_OF[FigureKind.SALES]
#: Dealer → (manufacturer, who acts for it, who reviews, who keeps the money, the model it sells).
DEALERS = {
    "D01": ("MF", "dana", "mei", "fei", "EB-48"),
    "D01S": ("MF", "sub", "mei", "fei", "EB-48"),
    "D02": ("MF", "rival", "mei", "fei", "EB-48"),
    "D03": ("MF", "ida", "mei", "fei", "EB-48"),
    "X01": ("OM", "rival", "otto", "otto", "OM-48"),
}
HOLDERS = ("D01", "D02", "D03", "X01")
MAKERS = {"MF": ("mei", "fei", "EB-48"), "OM": ("otto", "otto", "OM-48")}


def _service_desk(stage: "Stage") -> None:
    """The service desk, the differences and more of the money are built in files of their own, which know the stage."""
    from tests.security import days, differences, money, problems, service

    days.fill(stage)
    service.fill(stage)
    differences.fill(stage)
    money.fill(stage)
    problems.fill(stage)


@dataclass(frozen=True)
class Persona:
    """Somebody at one tenant: what they hold, whose marks they may read, and a letter for the table of routes."""

    letter: str
    tenant: str = "MF"
    who: str = ""
    dealer: str = ""
    point: str = ""
    organisation: str = ""

    @property
    def marks(self) -> set[str]:
        """Whose marks this persona may see."""
        if self.dealer:
            below = {"D01": {"D01", "D01S"}}
            return {self.point} if self.point else below.get(self.dealer, {self.dealer})
        return {"MF": {"MF", "D01", "D01S", "D02", "D03"}, "OM": {"OM", "X01"}}.get(self.organisation, set())


#: Letters: d owner of a dealer, t service clerk, s owner of a sub-dealer, m manufacturer who decides, f finance,
#: l auditor, o another manufacturer with all its roles in one hand, p platform operator, n nobody's, - signed out.
PERSONAS = {
    "dana": Persona("d", who="dana", dealer="D01", organisation="D01"),
    "tom": Persona("t", who="tom", dealer="D01", organisation="D01"),
    "rival": Persona("d", who="rival", dealer="D02", organisation="D02"),
    "rival at OM": Persona("d", "OM", "rival", dealer="X01", organisation="D02"),
    "sub": Persona("s", who="sub", dealer="D01", point="D01S", organisation="D01S"),
    "mei": Persona("m", who="mei", organisation="MF"),
    "fei": Persona("f", who="fei", organisation="MF"),
    "fay": Persona("f", who="fay", organisation="MF"),
    "lin": Persona("l", who="lin", organisation="MF"),
    "otto": Persona("o", "OM", "otto", organisation="OM"),
    "ida": Persona("d", who="ida", dealer="D03", organisation="IM"),
    "ida at IM": Persona("o", "IM", "ida", organisation="IM"),
    "op": Persona("p", who="op"),
    "nobody": Persona("n", who="nobody"),
    "signed out": Persona("-"),
}


def mark(party: str) -> str:
    """A word that stands in everything that belongs to a party and nowhere else."""
    return f"zq{party}zq"


MARKS = {party: mark(party) for party in ("D01", "D01S", "D02", "D03", "X01", "MF", "OM")}


def jpeg(shade: int = 120) -> bytes:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (shade, 90, 60)).save(out, "JPEG")
    return out.getvalue()


def csv(columns: Any, **values: str) -> tuple[io.BytesIO, str]:
    """A file of one row for an upload, its header as the portal's own columns are called."""
    header = ",".join(str(column.label) for column in columns)
    row = ",".join(values.get(column.key, "") for column in columns)
    return io.BytesIO(f"{header}\n{row}\n".encode()), "rows.csv"


@dataclass
class Stage:
    """The world, its objects by kind and party, a browser of each persona, and the way back to the beginning."""

    world: World
    file: Path
    #: Kind → party → the values of its address.
    objects: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    _cookies: dict[str, str] = field(default_factory=dict)
    #: Sees when anybody else changes the file.
    _watch: sqlite3.Connection | None = None

    @property
    def app(self) -> Flask:
        return self.world.app

    def put(self, kind: str, party: str, **values: Any) -> None:
        self.objects.setdefault(kind, {})[party] = values

    @contextmanager
    def acting(self, party: str, on: dt.date = TODAY) -> Iterator[Any]:
        """Somebody of a dealer, or the manufacturer's decider, on a day."""
        if party in DEALERS:
            tenant, who = DEALERS[party][:2]
        else:
            tenant, who = party, MAKERS[party][0]
        with self.world.acting(who, f"{tenant}~{party}" if who == "rival" else tenant, on=on) as actor:
            yield actor

    # -- making ------------------------------------------------------------------------------------------------

    def build(self) -> "Stage":
        """Everything, through the commands."""
        self._count_apart()
        for maker in MAKERS:
            self._catalogue(maker)
        for dealer in DEALERS:
            self._units_and_cards(dealer)
            self._repairs(dealer)
            self._returns(dealer)
        for dealer in HOLDERS:
            self._money_and_parts(dealer)
            self._old_parts(dealer)
        for dealer in DEALERS:
            self._stock(dealer)
        for maker in MAKERS:
            self._quarantine(maker)
            self._settle(maker)
        _service_desk(self)
        self._people()
        self._sign_in()
        self._uploads()
        return self

    def keep(self) -> None:
        """Note how it is now, to come back to."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        with closing(sqlite3.connect(self.file)) as source, closing(sqlite3.connect(self._master)) as target:
            source.backup(target)
        self._watch = sqlite3.connect(self.file)

    def _count_apart(self) -> None:
        """The other manufacturer's documents have numbers of their own, so that a foreign number is foreign."""
        owner = owner_engine(self.app.config["SQLALCHEMY_DATABASE_URI"])
        with owner.begin() as connection:
            for kind in (
                "BX",
                "FW",
                "BXK",
                "BL",
                "FH",
                "HK",
                "TZ",
                "JS",
                "JR",
                "YB",
                "SH",
                "WX",
                "YC",
                "RMA",
                "CY",
                "HX",
                "QX",
                "SY",
                "XF",
                "XS",
                "YJ",
            ):
                row = {
                    "manufacturer_id": self.world.manufacturers["OM"],
                    "kind": kind,
                    "year": 2026,
                    "last": 500,
                }
                connection.execute(sa.insert(NumberCounter).values(row))
        owner.dispose()

    def _catalogue(self, maker: str) -> None:
        who, _, model = MAKERS[maker]
        with self.world.acting(who, maker, on=JAN) as actor:
            catalogue.add_product(actor, model=model, name="电动车", months=12)
        with self.world.acting(who, maker, on=JAN) as actor:
            catalogue.add_component(actor, model, code=f"C-{maker}", name="电池", months=6)
        with self.world.acting(who, maker, on=JAN) as actor:
            catalogue.add_part(
                actor,
                code=f"P-{maker}",
                name="电机",
                unit="件",
                price=Decimal("120.00"),
                starts=dt.date(2026, 1, 1),
            )
        with self.world.acting(who, maker, on=JAN) as actor:
            catalogue.add_part(
                actor,
                code=f"X-{maker}",
                name="水气阀",
                unit="件",
                supply=Supply.EXCHANGE,
                price=Decimal("95.00"),
                cost=Decimal("61.25"),
                starts=dt.date(2026, 1, 1),
            )
        with self.world.acting(who, maker, on=JAN) as actor:
            catalogue.add_operation(
                actor, code=f"F-{maker}", name="更换", amount=Decimal("30.00"), starts=dt.date(2026, 1, 1)
            )
        with self.world.acting(who, maker, on=JAN) as actor:
            quality.declare_batch(actor, model, mark(maker), reason=mark(maker))
        with self.world.acting(who, maker, on=JAN) as actor:
            self.put("batch", maker, batch_id=session().scalars(sa.select(DefectiveBatch.id)).one())
        with self.world.acting(who, maker, on=JAN) as actor:
            repairs.add_fault(actor, FaultKind.SYMPTOM, f"S-{maker}", name="异响")
        self.put("fault_code", maker, listed="symptom", code=f"S-{maker}")
        self.put("product", maker, model=model)
        self.put("component", maker, model=model, code=f"C-{maker}")
        self.put("part", maker, code=f"P-{maker}")
        self.put("fee", maker, code=f"F-{maker}")

    def _units_and_cards(self, dealer: str) -> None:
        maker, _, decider, _, model = DEALERS[dealer]
        serials = [f"{dealer}-{number}" for number in range(1, 7)]
        for chunk in (serials[:4], serials[4:]):
            with self.world.acting(decider, maker, on=JAN) as actor:
                catalogue.ship_units(actor, dealer, model, chunk, batch=mark(dealer), shipped_on=JAN)
        with self.acting(dealer) as actor:
            deliveries = (
                session()
                .scalars(
                    sa.select(Delivery.number)
                    .where(Delivery.point_id == self.world.dealers[dealer])
                    .order_by(Delivery.id)
                )
                .all()
            )
        self.put("delivery", dealer, number=deliveries[-1])
        self.put("unit", dealer, serial=serials[0])
        with self.acting(dealer) as actor:
            asked = warranty.ask_extension(actor, serials[5], 6, reason=mark(dealer))
        self.put("extension", dealer, number=asked)
        pending = self._card(dealer, serials[0])
        returned = self._card(dealer, serials[1])
        with self.world.acting(decider, maker) as actor:
            warranty.review(
                actor, returned, CardAction.SEND_BACK, reason=RejectReason.UNCLEAR_PHOTO, text="again"
            )
        self.put("card", dealer, number=pending)
        self.put("returned_card", dealer, number=returned)
        with self.acting(dealer) as actor:
            photo = session().scalars(sa.select(CardPhoto).limit(1)).first()
            assert photo is not None
            self.put("photo", dealer, number=pending, photo_id=photo.id)
        with self.acting(dealer) as actor:
            self.put("upload", dealer, upload_id=self.upload(actor))
        with self.acting(dealer) as actor:
            self.put("card_draft", dealer, draft_id=warranty.begin(actor, serials[2]))

    def upload(self, actor: Any) -> int:
        photo = read_photo(jpeg())
        return drafts.receive_photo(actor, content=photo.content, fingerprint=photo.fingerprint)

    def _card(self, dealer: str, serial: str) -> str:
        with self.acting(dealer) as actor:
            upload = self.upload(actor)
        with self.acting(dealer) as actor:
            draft = CardDraft(
                serial=serial,
                sale_date=TODAY - dt.timedelta(days=1),
                customer=f"王{mark(dealer)}",
                phone="13800005678",
                invoice=f"INV-{serial}",
                point_id=self.world.dealers[dealer],
                address=f"{mark(dealer)} 路",
            )
            return warranty.file(actor, draft, photos=[(PhotoKind.INVOICE, upload)])

    def _repairs(self, dealer: str) -> None:
        """A repair of a unit that was dead on arrival, with its claim."""
        draft = RepairDraft(
            serial=f"{dealer}-4",
            incident=JAN + dt.timedelta(days=5),
            cause=Cause.PRODUCT,
            category=Category.WARRANTY,
            labour=Decimal("50.00"),
            symptom_text=mark(dealer),
            customer=f"王{mark(dealer)}",
            phone="13800005678",
        )
        with self.acting(dealer) as actor:
            pictures = [self.upload(actor)]
        with self.acting(dealer) as actor:
            pictures.append(self.upload(actor))
        with self.acting(dealer) as actor:
            number = repairs.file(
                actor,
                draft,
                photos=[(RepairPhotoKind.FAULT, pictures[0])],
                signature=(SignatureKind.SCAN, pictures[1]),
            )
        with self.acting(dealer) as actor:
            filed = repaired.get(number)
            photo, signature = repaired.photos(filed.id)[0].id, repaired.signatures(filed.id)[0].id
        with self.acting(dealer) as actor:
            self.put("repair_draft", dealer, draft_id=repairs.begin(actor, f"{dealer}-3"))
        self.put("repair", dealer, number=number)
        self.put("repair_photo", dealer, number=number, photo_id=photo)
        self.put("repair_signature", dealer, number=number, signature_id=signature)
        self.put("claim", dealer, number=number, verb="return")
        self.put("claim_words", dealer, number=number, says="answer")

    def _returns(self, dealer: str) -> None:
        """Returns of the dealer's units, each at another place of their way."""
        maker, _, decider, _, _ = DEALERS[dealer]
        numbers = {}
        with self.acting(dealer) as actor:
            upload = self.upload(actor)
        for place, photos in ((1, (upload,)), (2, ()), (3, ()), (4, ())):
            line = ReturnLine(f"{dealer}-{place}", TODAY, fault=mark(dealer), photos=photos)
            with self.acting(dealer) as actor:
                numbers[place] = returns.request(actor, [line], note=mark(dealer))
        with self.world.acting(decider, maker) as actor:
            returns.ask(actor, numbers[2], reason=ReturnReason.OTHER, text=mark(dealer))
        for place in (3, 4):
            with self.world.acting(decider, maker) as actor:
                returns.decide(actor, numbers[place], [f"{dealer}-{place}"], waive_repair=True)
        with self.acting(dealer) as actor:
            returns.ship(actor, numbers[4], carrier="示例快运", waybill=mark(dealer))
        with self.world.acting(decider, maker) as actor:
            returns.receive(actor, numbers[4], [f"{dealer}-4"], note=mark(dealer))
        with self.acting(dealer):
            photo = session().scalars(sa.select(ReturnPhoto.id).limit(1)).one()
        with self.acting(dealer) as actor:
            basket = returns.put_in(actor, f"{dealer}-5")
        self.put("return", dealer, number=numbers[1])
        self.put("return_photo", dealer, number=numbers[1], photo_id=photo)
        self.put("asked_return", dealer, number=numbers[2])
        self.put("approved_return", dealer, number=numbers[3])
        self.put("received_return", dealer, number=numbers[4])
        self.put("return_unit", dealer, number=numbers[4], serial=f"{dealer}-4")
        self.put("basket", dealer, draft_id=basket)
        self.put("basket_unit", dealer, draft_id=basket, serial=f"{dealer}-5")

    def _quarantine(self, maker: str) -> None:
        with self.world.acting(MAKERS[maker][0], maker) as actor:
            returns.scan(actor, f"Q-{maker}", note=mark(maker))
        with self.world.acting(MAKERS[maker][0], maker):
            lying = session().scalars(sa.select(QuarantinedUnit.id)).one()
        self.put("quarantined", maker, quarantined_id=lying)

    def _money_and_parts(self, dealer: str) -> None:
        maker, _, decider, finance, _ = DEALERS[dealer]
        with self.world.acting(finance, maker, on=JAN) as actor:
            number = ledger.record_remittance(
                actor, self.world.dealers[dealer], date=JAN, amount=Decimal("80000.00"), bank_ref=mark(dealer)
            )
        self.put("remittance", dealer, number=number)
        with self.acting(dealer) as actor:
            entry = session().scalars(sa.select(Entry.id).order_by(Entry.id).limit(1)).one()
        self.put("entry", dealer, entry_id=entry)
        pieces = {f"P-{maker}": 2}
        shipped, asked = self._request(dealer, pieces), self._request(dealer, pieces)
        self.put("request", dealer, number=asked)
        with self.world.acting(decider, maker) as actor:
            parts.decide(actor, shipped, pieces)
        self.put("approved_request", dealer, number=shipped)
        with self.world.acting(decider, maker) as actor:
            shipment = parts.ship(actor, shipped, {f"P-{maker}": 1}, carrier="示例快运", waybill=mark(dealer))
        self.put("shipment", dealer, number=shipped, shipment=shipment)
        for month in Q1.months:
            with self.acting(dealer, dt.date(2026, 4, 2)) as actor:
                forms = reports.submit(actor, month, remarks=mark(dealer))
        self.put("form", dealer, number=forms[0])

    def _old_parts(self, dealer: str) -> None:
        """A debt of three pieces, one of them in a batch that was not sent, one in a batch that has arrived."""
        maker, _, decider, _, _ = DEALERS[dealer]
        asked = self._request(dealer, {f"X-{maker}": 3})
        with self.world.acting(decider, maker) as actor:
            parts.decide(actor, asked, {f"X-{maker}": 3})
        with self.world.acting(decider, maker) as actor:
            parts.ship(actor, asked, {f"X-{maker}": 3}, carrier="示例快运", waybill=mark(dealer))
        with self.acting(dealer) as actor:
            debt = session().scalars(sa.select(OldPartDebt.id)).one()
        self.put("old_debt", dealer, id=debt)
        for kind in ("old_batch", "arrived_batch"):
            with self.acting(dealer) as actor:
                number = parts.pack_old_parts(actor, {debt: 1}, note=mark(dealer))
            self.put(kind, dealer, number=number)
        with self.world.acting(decider, maker) as actor:
            parts.arrive_old_parts(actor, number)

    def _stock(self, dealer: str) -> None:
        """A part that only this selling point has in stock, by a count."""
        maker, _, decider, _, _ = DEALERS[dealer]
        with self.world.acting(decider, maker, on=JAN) as actor:
            catalogue.add_part(
                actor, code=f"S-{dealer}", name="螺栓", unit="件", price=Decimal("1.00"), starts=JAN
            )
        with self.acting(dealer) as actor:
            number = parts.count_stock(
                actor, {f"S-{dealer}": 3}, reasons={f"S-{dealer}": mark(dealer)}, note=mark(dealer)
            )
        self.put("stocktake", dealer, number=number)

    def _request(self, dealer: str, pieces: dict[str, int]) -> str:
        with self.acting(dealer) as actor:
            return parts.request(
                actor, pieces, consent=True, purpose=Purpose.STOCK, purpose_note=mark(dealer)
            )

    def _settle(self, maker: str) -> None:
        _, finance, _ = MAKERS[maker]
        dealers = [dealer for dealer in HOLDERS if DEALERS[dealer][0] == maker]
        on = dt.date(2026, 5, 12)
        with self.world.acting(finance, maker, on=on) as actor:
            overrides = dict.fromkeys(dealers, "电话核实")
            number = settlement.start_run(actor, Q1, overrides=overrides)
        with self.world.at(on):
            worker.run_all(self.app)
        with self.world.acting(finance, maker, on=on) as actor:
            settlement.issue_run(actor, number)
        with self.world.at(on), printed_here():
            worker.run_all(self.app)
        self.put("run", maker, quarter=str(Q1), number=number)
        self.put("run_number", maker, number=number)
        self.put("run_dealer", maker, quarter=str(Q1), number=number, dealer=dealers[0])
        self.put("print", maker, quarter=str(Q1), number=number, part=1)
        for dealer in dealers:
            with self.acting(dealer):
                statement = session().scalars(sa.select(Statement.number)).one()
                code = session().scalars(sa.select(StoredDocument.id)).one_or_none()
            assert code is not None, "the statement was not printed"
            self.put("statement", dealer, number=statement)
            self.put("pdf", dealer, number=statement, revision=1)

    def _people(self) -> None:
        with self.app.app_context():
            rows = session().execute(
                sa.select(Membership.id, Person.email, Organisation.id)
                .join(Person, Person.id == Membership.person_id)
                .join(Organisation, Organisation.id == Membership.organisation_id)
            )
            members = {email.partition("@")[0]: id_ for id_, email, _ in rows}
        for who, organisation in (
            ("tom", "D01"),
            ("sub", "D01S"),
            ("rival", "D02"),
            ("ida", "IM"),
            ("lin", "MF"),
            ("otto", "OM"),
        ):
            self.put("member", organisation, id=members[who])
        for code in self.world.dealers:
            self.put("dealer", code, code=code)
        for code, number in self.world.agreements.items():
            self.put("agreement", code, number=number)
        for code in ("MF", "OM", "IM"):
            self.put("tenant", code, code=code)
        self.put("tenant_member", "MF", code="MF", id=members["lin"])
        self.put("tenant_member", "another's", code="MF", id=members["otto"])

    def _sign_in(self) -> None:
        for name, persona in PERSONAS.items():
            self.clients[name] = self.app.test_client()
            if persona.who:
                with self.world.at(TODAY):
                    data = {"email": f"{persona.who}@example.test", "password": PASSWORD}
                    answer = self.clients[name].post("/sign-in", data=data)
                assert answer.status_code == 303, f"{name} could not sign in"
                cookie = self.clients[name].get_cookie("portal")
                assert cookie is not None
                self._cookies[name] = cookie.value

    def client(self, name: str) -> FlaskClient:
        """The browser of a persona, signed in whatever it did before."""
        if name in self._cookies:
            self.clients[name].set_cookie("portal", self._cookies[name])
        return self.clients[name]

    def _uploads(self) -> None:
        """Files in the middle of being checked; they live in nobody's command, so they come through the pages."""
        for maker in MAKERS:
            with self.acting(maker) as actor:
                self.put("upload", maker, upload_id=self.upload(actor))
        for dealer, name in (
            ("D01", "dana"),
            ("D01S", "sub"),
            ("D02", "rival"),
            ("D03", "ida"),
            ("X01", "rival at OM"),
        ):
            file = csv(
                CARDS,
                serial=f"{dealer}-4",
                customer=mark(dealer),
                phone="13800005678",
                sale_date="2026-05-19",
                invoice=f"INV-{dealer}",
            )
            self.put("card_file", dealer, draft_id=self._upload_file(name, "cards/bulk", file))
        for maker, name, dealer in (("MF", "fei", "D01"), ("OM", "otto", "X01")):
            file = csv(
                REMITTANCES, dealer=dealer, date="2026-05-01", amount="10.00", bank_ref=f"{mark(maker)}-file"
            )
            self.put("remittance_file", maker, draft_id=self._upload_file(name, "remittances/file", file))
        for maker, name, dealer in (("MF", "fei", "D01"), ("OM", "otto", "X01")):
            file = csv(SALES, dealer=dealer, date="2026-05-01", income="10.00", note=mark(maker))
            self.put("figure_file", maker, draft_id=self._upload_file(name, "figures/file", file))
        for maker, name, dealer, model in (("MF", "mei", "D01", "EB-48"), ("OM", "otto", "X01", "OM-48")):
            file = csv(
                UNITS, dealer=dealer, model=model, serial=f"{mark(maker)}", batch="B", shipped_on="2026-05-01"
            )
            self.put("unit_import", maker, import_id=self._upload_file(name, "units/imports", file))

    def _upload_file(self, name: str, path: str, file: tuple[io.BytesIO, str]) -> int:
        with self.world.at(TODAY):
            address = f"/m/{PERSONAS[name].tenant}/{path}"
            answer = self.clients[name].post(address, data={"file": file})
        assert answer.status_code == 303, (
            f"{path} by {name}: {answer.status_code} {answer.get_data(as_text=True)}"
        )
        return int(answer.location.rpartition("/")[2])

    # -- going back --------------------------------------------------------------------------------------------

    @property
    def _master(self) -> Path:
        return self.file.with_suffix(".master")

    def restore(self) -> None:
        """The database as it was when everything had been built."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        assert self._watch is not None
        self._watch.close()
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copy2(self._master, self.file)
        self._watch = sqlite3.connect(self.file)

    def content(self) -> int:
        """A number that changes with every change of any row by somebody else."""
        assert self._watch is not None
        return int(self._watch.execute("pragma data_version").fetchone()[0])

    def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
        databases.dispose(self.app)


def open_stage(directory: Path, url: str = "") -> Stage:
    """Build the stage in a directory: on SQLite, or at `url`, where it can't be taken back to its beginning."""
    file = directory / "stage.sqlite3"
    app = databases.make_app(url or databases.sqlite_copy(file), directory)
    stage = Stage(make_world(app), file).build()
    if not url:
        stage.keep()
    return stage
