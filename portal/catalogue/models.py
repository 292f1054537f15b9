"""Products, parts with their prices, the fee standard, and the units that were shipped."""

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.catalogue.rules import LONGEST, ImportState, PriceVersion, Supply
from portal.kernel import i18n
from portal.kernel.db import (
    AtPoint,
    Base,
    Manufacturers,
    Private,
    Versioned,
    Writers,
    child_of,
    owned_child_of,
    owner_key,
    party_key,
)

NAME = 120


class Named:
    """What is printed in Chinese and, where it has one, by its English name."""

    name: Mapped[str] = mapped_column(sa.String(NAME), comment="in Chinese, as printed")
    name_en: Mapped[str] = mapped_column(sa.String(NAME), default="", comment="in English; empty: the same")

    @property
    def title(self) -> str:
        """The name in the present language."""
        return self.name_en if self.name_en and i18n.language() == "en" else self.name


class Product(Named, Manufacturers, Versioned, Base):
    """A model that the manufacturer makes."""

    __tablename__ = "product"
    __table_args__ = (owner_key(), sa.UniqueConstraint("manufacturer_id", "model"))

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(sa.String(LONGEST), comment="its code, upper case")
    months: Mapped[int] = mapped_column(comment="warranty from the sale, in months (EN-1)")
    active: Mapped[bool] = mapped_column(default=True, comment="no: is not shipped any more")


class Component(Named, Manufacturers, Versioned, Base):
    """A component of a product with a warranty of its own (EN-1)."""

    __tablename__ = "component"
    __table_args__ = (owned_child_of("product", "product_id"), sa.UniqueConstraint("product_id", "code"))

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(comment="of which product")
    code: Mapped[str] = mapped_column(sa.String(LONGEST), comment="its code, upper case")
    months: Mapped[int] = mapped_column(comment="warranty from the sale, in months")


class Part(Named, Manufacturers, Versioned, Base):
    """A spare part that dealers request."""

    __tablename__ = "part"
    __table_args__ = (owner_key(), sa.UniqueConstraint("manufacturer_id", "code"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(LONGEST), comment="its code, upper case")
    supply: Mapped[Supply] = mapped_column(comment="how it is supplied (PT-5)")
    unit: Mapped[str] = mapped_column(sa.String(20), comment="what one piece is called: 件, 套, m")
    active: Mapped[bool] = mapped_column(default=True, comment="no: can't be requested any more")
    fits: Mapped[list[Any]] = mapped_column(
        default=list, server_default="[]", comment="models that it is made for; none named: all"
    )


class PartPrice(Manufacturers, Base):
    """The price of a part from a day on (PT-10); the price list that dealers read."""

    __tablename__ = "part_price"
    __append_only__ = True
    __table_args__ = (owned_child_of("part", "part_id"), sa.UniqueConstraint("part_id", "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(comment="of which part")
    number: Mapped[int] = mapped_column(comment="1, 2, 3 …; of two with the same start the later one rules")
    starts: Mapped[dt.date] = mapped_column(comment="holds from this day on")
    price: Mapped[Decimal] = mapped_column(comment="per piece")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who set it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

    @property
    def version(self) -> PriceVersion:
        """The price as a value of the rules."""
        return PriceVersion(self.starts, self.price, self.number)


class PartCost(Private, Base):
    """What a part costs the manufacturer (PT-9); no dealer sees it."""

    __tablename__ = "part_cost"
    __append_only__ = True
    __writers__ = Writers.MANUFACTURER
    __table_args__ = (owned_child_of("part", "part_id"), sa.UniqueConstraint("part_id", "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(comment="of which part")
    number: Mapped[int] = mapped_column(comment="1, 2, 3 …; of two with the same start the later one rules")
    starts: Mapped[dt.date] = mapped_column(comment="holds from this day on")
    cost: Mapped[Decimal] = mapped_column(comment="per piece")

    @property
    def version(self) -> PriceVersion:
        """The cost as a value of the rules."""
        return PriceVersion(self.starts, self.cost, self.number)


class Operation(Named, Manufacturers, Versioned, Base):
    """One line of the fee standard (维修收费标准): a repair operation, or going on site."""

    __tablename__ = "operation"
    __table_args__ = (owner_key(), sa.UniqueConstraint("manufacturer_id", "code"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(LONGEST), comment="its code, upper case")
    onsite: Mapped[bool] = mapped_column(default=False, comment="a fee for going on site, not for labour")
    active: Mapped[bool] = mapped_column(default=True, comment="no: can't be claimed any more")


class OperationFee(Manufacturers, Base):
    """The fee of an operation from a day on (PT-10), for all products or for one."""

    __tablename__ = "operation_fee"
    __append_only__ = True
    __table_args__ = (
        owned_child_of("operation", "operation_id"),
        owned_child_of("product", "product_id"),
        sa.UniqueConstraint("operation_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[int] = mapped_column(comment="of which operation")
    product_id: Mapped[int | None] = mapped_column(comment="for this product only; null: for all others")
    number: Mapped[int] = mapped_column(comment="1, 2, 3 …; of two with the same start the later one rules")
    starts: Mapped[dt.date] = mapped_column(comment="holds from this day on")
    amount: Mapped[Decimal] = mapped_column(comment="once per repair")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who set it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

    @property
    def version(self) -> PriceVersion:
        """The fee as a value of the rules."""
        return PriceVersion(self.starts, self.amount, self.number)


class Delivery(AtPoint, Base):
    """Units that went to one selling point on one day with one delivery note (SH-1)."""

    __tablename__ = "delivery"
    __writers__ = Writers.MANUFACTURER
    __append_only__ = True
    __table_args__ = (
        party_key(),
        child_of("agreement", "agreement_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "number"),
        sa.Index(None, "manufacturer_id", "shipped_on", "id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "shipped_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="under which agreement")
    number: Mapped[str] = mapped_column(sa.String(20), comment="SH-2026-000001")
    shipped_on: Mapped[dt.date] = mapped_column(comment="the day of shipment")
    delivery_note: Mapped[str] = mapped_column(sa.String(60), default="", comment="number on the paper")
    person: Mapped[str] = mapped_column(sa.String(60), comment="who recorded it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class Unit(AtPoint, Versioned, Base):
    """One manufactured unit of a product, from its shipment on; its serial is unique at the manufacturer."""

    __tablename__ = "unit"
    __table_args__ = (
        party_key(),
        owner_key(),
        child_of("agreement", "agreement_id"),
        child_of("delivery", "delivery_id"),
        child_of("unit", "exchanged_from_id"),
        owned_child_of("product", "product_id"),
        owned_child_of("dealer", "point_id"),
        sa.UniqueConstraint("manufacturer_id", "serial"),
        # One unit is handed over in the place of another, once.
        sa.UniqueConstraint("exchanged_from_id"),
        sa.Index(None, "manufacturer_id", "dealer_id", "shipped_on", "id"),
        sa.Index(None, "manufacturer_id", "shipped_on", "id"),
        sa.Index(None, "delivery_id", "received_on"),
        sa.Index(
            None,
            "manufacturer_id",
            "dealer_id",
            "delivery_id",
            sqlite_where=sa.text("received_on is null"),
            postgresql_where=sa.text("received_on is null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(comment="under which it was shipped; decides its warranty")
    delivery_id: Mapped[int] = mapped_column(comment="the shipment that it came with")
    product_id: Mapped[int] = mapped_column(comment="its model")
    serial: Mapped[str] = mapped_column(sa.String(LONGEST), comment="upper case")
    batch: Mapped[str] = mapped_column(sa.String(LONGEST), default="", comment="production batch")
    shipped_on: Mapped[dt.date] = mapped_column(comment="the day of shipment")
    received_on: Mapped[dt.date | None] = mapped_column(comment="confirmed by the dealer; null: not yet")
    left_field_on: Mapped[dt.date | None] = mapped_column(comment="exchanged, credited or scrapped (RT-9)")
    exchanged_from_id: Mapped[int | None] = mapped_column(
        comment="the unit in whose place it was handed over; null: it was shipped itself"
    )

    @property
    def left_field(self) -> bool:
        """Whether it was exchanged, credited or scrapped."""
        return self.left_field_on is not None


class UnitImport(Private, Versioned, Base):
    """A file of shipped units with the verdict on each row, until its good rows are saved."""

    __tablename__ = "unit_import"
    __writers__ = Writers.MANUFACTURER

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str] = mapped_column(sa.String(120), comment="as it was sent")
    state: Mapped[ImportState] = mapped_column(comment="where it is")
    rows: Mapped[list[Any]] = mapped_column(deferred=True, comment="every row with its values and problems")
    total: Mapped[int] = mapped_column(comment="rows in the file")
    good: Mapped[int] = mapped_column(comment="rows that can be saved")
    done: Mapped[int] = mapped_column(default=0, comment="good rows that were dealt with")
    skipped: Mapped[list[Any]] = mapped_column(
        comment="good rows that no longer could be saved: [row, serial]"
    )
    deliveries: Mapped[dict[str, Any]] = mapped_column(comment="number of the delivery of each group of rows")
    unknown: Mapped[list[Any]] = mapped_column(comment="headers that nothing was read from")
    job_id: Mapped[int | None] = mapped_column(comment="the work in the background, if there is one")
    person_id: Mapped[int] = mapped_column(comment="who sent it; 0: no person")
    person: Mapped[str] = mapped_column(sa.String(60), comment="the name at that time")
    at: Mapped[dt.datetime] = mapped_column(comment="when")

    @property
    def saved(self) -> int:
        """How many units it has brought."""
        return self.done - len(self.skipped)
