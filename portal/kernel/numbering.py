"""Document numbers without gaps, per manufacturer, kind and year (DN-1): `RMA-2026-000123`."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.command import step
from portal.kernel.db import Base, Manufacturers, Writers, session


class NumberCounter(Manufacturers, Base):
    """The last number given; taken in the transaction that submits the document, so a refusal leaves no gap."""

    __tablename__ = "number_counter"
    __table_args__ = (sa.UniqueConstraint("manufacturer_id", "kind", "year"),)
    __writers__ = Writers.BOTH

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8), comment="the prefix: BXK, BL, JS …")
    year: Mapped[int] = mapped_column(comment="the business year; 0 for kinds that run on")
    last: Mapped[int] = mapped_column(comment="the last number given")


@step
def take(kind: str, year: int) -> str:
    """The next number of `kind` in `year`. Holds the counter until the transaction ends."""
    db_session = session()
    insert = (postgresql if db_session.get_bind().dialect.name == "postgresql" else sqlite).insert
    statement = (
        insert(NumberCounter)
        .values(manufacturer_id=db_session.scope.manufacturer_id, kind=kind, year=year, last=1)
        .on_conflict_do_update(
            index_elements=["manufacturer_id", "kind", "year"], set_={"last": NumberCounter.last + 1}
        )
        .returning(NumberCounter.last)
    )
    last = db_session.scalar(statement, execution_options={"goes_round": "numbering"})
    return f"{kind}-{year}-{last:06d}"
