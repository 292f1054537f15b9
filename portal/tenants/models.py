"""Organisations, people, memberships, sign-ins: mostly platform tables, they exist before there is a scope."""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Dealers, Manufacturers, Versioned, owner_key
from portal.tenants.rules import browser_in_words


class Organisation(Base):
    """A company on the platform: a manufacturer, a dealer, or both."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), comment="full official name, as printed")
    #: Set for manufacturers only: what stands in their addresses, `/m/<code>`.
    code: Mapped[str | None] = mapped_column(sa.String(20), unique=True, comment="a manufacturer's code")
    timezone: Mapped[str] = mapped_column(sa.String(40), default="Asia/Shanghai", comment="of business dates")
    tax_number: Mapped[str] = mapped_column(sa.String(30), default="", comment="printed on statements")
    address: Mapped[str] = mapped_column(sa.String(200), default="", comment="printed on statements")
    phone: Mapped[str] = mapped_column(sa.String(30), default="", comment="printed on statements")
    bank: Mapped[str] = mapped_column(sa.String(120), default="", comment="bank, printed on statements")
    bank_account: Mapped[str] = mapped_column(sa.String(40), default="", comment="printed masked")
    contact: Mapped[str] = mapped_column(sa.String(60), default="", comment="printed on statements")
    created_at: Mapped[dt.datetime] = mapped_column(comment="when it came to the platform")


class Dealer(Dealers, Versioned, Base):
    """A dealer as one manufacturer knows it, or a sub-dealer of one (its selling point)."""

    __tablename__ = "dealer"
    __table_args__ = (
        owner_key(),
        sa.UniqueConstraint("manufacturer_id", "code"),
        sa.UniqueConstraint("manufacturer_id", "organisation_id"),
        sa.ForeignKeyConstraint(["parent_id", "manufacturer_id"], ["dealer.id", "dealer.manufacturer_id"]),
    )

    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), comment="the company")
    code: Mapped[str] = mapped_column(sa.String(20), comment="short name of the dealer at this manufacturer")
    name: Mapped[str] = mapped_column(sa.String(120), comment="full name, as printed")
    #: Kept here and not read from the organisation: the other manufacturers of a dealer don't share them.
    tax_number: Mapped[str] = mapped_column(sa.String(30), default="", comment="printed on statements")
    address: Mapped[str] = mapped_column(sa.String(200), default="", comment="printed on statements")
    phone: Mapped[str] = mapped_column(sa.String(30), default="", comment="printed on statements")
    bank: Mapped[str] = mapped_column(sa.String(120), default="", comment="bank, printed on statements")
    bank_account: Mapped[str] = mapped_column(sa.String(40), default="", comment="printed masked")
    contact: Mapped[str] = mapped_column(sa.String(60), default="", comment="person to talk to")
    region: Mapped[str] = mapped_column(sa.String(60), default="", comment="territory in words")
    active: Mapped[bool] = mapped_column(default=True, comment="no: its people can no longer act here")

    @property
    def holder_id(self) -> int:
        """The dealer that holds the agreement: itself, or the one above."""
        return self.parent_id or self.id


class CalendarDay(Manufacturers, Base):
    """A day that the manufacturer works, or doesn't, other than the public calendar says (TM-1)."""

    __tablename__ = "calendar_day"
    __table_args__ = (sa.UniqueConstraint("manufacturer_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[dt.date] = mapped_column(comment="the day")
    worked: Mapped[bool] = mapped_column(comment="whether it is a working day")
    name: Mapped[str] = mapped_column(sa.String(60), comment="why, as both parties read it")
    actor: Mapped[str] = mapped_column(sa.String(60), comment="who entered it")
    at: Mapped[dt.datetime] = mapped_column(comment="when")


class Person(Base):
    """Somebody who signs in; may belong to several organisations."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(120), unique=True, comment="lower case")
    name: Mapped[str] = mapped_column(sa.String(60), comment="as shown and printed")
    phone: Mapped[str] = mapped_column(sa.String(30), default="", comment="for colleagues")
    password_hash: Mapped[str | None] = mapped_column(sa.String(200), comment="argon2id; null: not set yet")
    language: Mapped[str] = mapped_column(sa.String(8), default="", comment="empty: the browser's")
    shortcuts: Mapped[bool] = mapped_column(default=True, comment="single-key shortcuts in review queues")
    is_operator: Mapped[bool] = mapped_column(
        default=False, comment="of the platform: tenants and people only"
    )
    disabled: Mapped[bool] = mapped_column(default=False, comment="can't sign in anywhere")
    created_at: Mapped[dt.datetime] = mapped_column(comment="when")


class Membership(Base):
    """A person in an organisation with its roles there."""

    __tablename__ = "membership"
    __table_args__ = (sa.UniqueConstraint("person_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), comment="who")
    organisation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organisation.id"), index=True, comment="where"
    )
    roles: Mapped[list[Any]] = mapped_column(comment="names of roles")
    disabled: Mapped[bool] = mapped_column(default=False, comment="no longer acts for it")
    #: Nobody acts for an organisation that they did not agree to act for.
    accepted_at: Mapped[dt.datetime | None] = mapped_column(comment="when the invitation was accepted")
    invited_as: Mapped[str] = mapped_column(
        sa.String(60), default="", comment="the name that the inviter typed"
    )


class SignIn(Base):
    """A session in a browser; the cookie holds a token, the row its hash. Ending the row ends the session at once."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, comment="whose")
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, comment="SHA-256 of the token")
    address: Mapped[str] = mapped_column(sa.String(60), comment="from where")
    browser: Mapped[str] = mapped_column(sa.String(200), comment="with what")
    at: Mapped[dt.datetime] = mapped_column(comment="when")
    expires_at: Mapped[dt.datetime] = mapped_column(comment="ends by itself")
    ended_at: Mapped[dt.datetime | None] = mapped_column(comment="signed out, or ended by a change of rights")

    @property
    def browser_in_words(self) -> str:
        """`Chrome · Windows`."""
        return browser_in_words(self.browser)


class LinkPurpose(StrEnum):
    """What a single-use link is for."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, not a password


class Link(Base):
    """A single-use link by mail; the row holds the token's hash."""

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True, comment="for whom")
    purpose: Mapped[LinkPurpose] = mapped_column(comment="what for")
    membership_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("membership.id"), comment="what it invites to"
    )
    manufacturer_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("organisation.id"), comment="on whose log the acceptance stands"
    )
    dealer_id: Mapped[int | None] = mapped_column(comment="which dealer it concerns there")
    point_id: Mapped[int | None] = mapped_column(comment="which selling point it concerns there")
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True, comment="SHA-256 of the token")
    expires_at: Mapped[dt.datetime] = mapped_column(comment="until when it works")
    used_at: Mapped[dt.datetime | None] = mapped_column(comment="when it was used")


class Engagement(Base):
    """Which organisation acts under which manufacturer as which dealer: what sign-in needs before there is a scope."""

    __tablename__ = "engagement"
    __table_args__ = (sa.UniqueConstraint("manufacturer_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True, comment="who")
    manufacturer_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), comment="under whom")
    dealer_id: Mapped[int] = mapped_column(comment="the dealer that holds the agreement")
    point_id: Mapped[int | None] = mapped_column(comment="set for sub-dealers: their selling point")
    code: Mapped[str] = mapped_column(sa.String(20), comment="the dealer's code there")
    active: Mapped[bool] = mapped_column(default=True, comment="no: it can no longer act there")
