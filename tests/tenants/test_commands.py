"""Invitations, roles, passwords and sessions, on both engines."""

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audit import queries as audit
from portal.audit.models import Fact
from portal.kernel import clock
from portal.kernel.actor import PUBLIC, Actor
from portal.kernel.db import session
from portal.kernel.errors import Conflict, Forbidden, NotFound, PortalError, RuleBroken
from portal.mail.models import Mail
from portal.tenants import commands, queries
from portal.tenants.models import Link, Membership, Person, SignIn
from portal.tenants.rules import PersonState
from tests.people import PASSWORD, World
from tests.tenants.mails import delivered, last_link

FINE = "ein langes Passwort 47"
HERE = {"address": "127.0.0.1", "browser": "test"}


def token_of(app: Flask) -> str:
    return last_link(app).rpartition("/")[2]


def member_id(world: World, who: str) -> int:
    with world.app.app_context():
        return (
            session().scalars(sa.select(Membership.id).where(Membership.person_id == world.people[who])).one()
        )


def sign_in(world: World, who: str, password: str = PASSWORD) -> str | None:
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        return commands.sign_in(PUBLIC, f"{who}@example.test", password, **HERE)


def is_signed_in(world: World, token: str | None) -> bool:
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        return token is not None and queries.signed_in(token) is not None


def facts(world: World, who: str) -> list[str]:
    with world.acting(who):
        return [fact.tag.value for fact in session().scalars(sa.select(Fact).order_by(Fact.seq))]


def test_an_invited_person_chooses_a_password_and_can_act(world: World) -> None:
    with world.acting("dana") as dana:
        commands.invite(dana, email="Neu@Example.test", name="小新", roles=["service"])
    with world.acting("dana") as dana:
        (newcomer,) = [one for one in queries.colleagues(dana) if one.state is PersonState.INVITED]
        assert (newcomer.name, newcomer.email, newcomer.roles) == ("小新", "neu@example.test", ("service",))
    (mail,) = delivered(world.app)
    assert mail["To"] == "neu@example.test"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "您的岗位：服务员" in body.get_content()
    token = token_of(world.app)
    with world.at(dt.date(2026, 5, 20), hour=12), world.app.app_context():
        started = commands.accept_invitation(PUBLIC, token, name="新来的", password=FINE, **HERE)
    assert is_signed_in(world, started)
    with world.app.app_context():
        person = queries.person_by_email("neu@example.test")
        assert person is not None
        (acting,) = queries.acting_for(person.id)
        assert (acting.tenant, acting.roles) == ("MF~D01", ("service",))
    assert facts(world, "dana")[-2:] == ["tenants:person:invited", "tenants:person:joined"]
    with world.acting("mei"):
        assert audit.first_break() is None


def test_before_it_is_accepted_an_invitation_lets_nobody_act(world: World) -> None:
    with world.acting("dana") as dana:
        commands.invite(dana, email="otto@example.test", name="Otto", roles=["owner"])
    with world.app.app_context():
        assert [acting.tenant for acting in queries.acting_for(world.people["otto"])] == ["OM"]


def test_a_link_works_once_and_for_three_days(world: World) -> None:
    with world.acting("dana") as dana:
        commands.invite(dana, email="neu@example.test", name="Neu", roles=["service"])
    token = token_of(world.app)
    with world.at(dt.date(2026, 5, 23), hour=11), world.app.app_context(), pytest.raises(NotFound):
        commands.accept_invitation(PUBLIC, token, name="Neu", password=FINE, **HERE)
    with world.at(dt.date(2026, 5, 23), hour=9), world.app.app_context():
        commands.accept_invitation(PUBLIC, token, name="Neu", password=FINE, **HERE)
    with world.at(dt.date(2026, 5, 23), hour=9), world.app.app_context(), pytest.raises(NotFound):
        commands.accept_invitation(PUBLIC, token, name="Dieb", password="ein anderes Wort 9", **HERE)
    with world.app.app_context():
        assert (
            session().scalars(sa.select(Person.name).where(Person.email == "neu@example.test")).one() == "Neu"
        )


def test_a_weak_password_leaves_the_link_as_it_was(world: World) -> None:
    with world.acting("dana") as dana:
        commands.invite(dana, email="neu@example.test", name="Neu", roles=["service"])
    token = token_of(world.app)
    with world.at(dt.date(2026, 5, 20)), world.app.app_context(), pytest.raises(RuleBroken) as refused:
        commands.accept_invitation(PUBLIC, token, name="Neu", password="1234567890", **HERE)
    assert (refused.value.rule, refused.value.field) == ("PW-1", "password")
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        assert session().scalars(sa.select(Link.used_at)).all() == [None]
        assert commands.accept_invitation(PUBLIC, token, name="Neu", password=FINE, **HERE)


def test_a_new_invitation_makes_the_old_link_useless(world: World) -> None:
    with world.acting("dana") as dana:
        membership = commands.invite(dana, email="neu@example.test", name="Neu", roles=["service"])
    old = token_of(world.app)
    with world.acting("dana") as dana:
        commands.invite_again(dana, membership)
    new = token_of(world.app)
    assert old != new
    with world.at(dt.date(2026, 5, 20)), world.app.app_context(), pytest.raises(NotFound):
        commands.accept_invitation(PUBLIC, old, name="Neu", password=FINE, **HERE)
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        assert commands.accept_invitation(PUBLIC, new, name="Neu", password=FINE, **HERE)


def test_somebody_with_a_password_accepts_by_being_signed_in_and_nobody_sets_it_anew(world: World) -> None:
    with world.acting("dana") as dana:
        commands.invite(dana, email="otto@example.test", name="Herr Otto", roles=["accounts"])
    token = token_of(world.app)
    with world.at(dt.date(2026, 5, 20)), world.app.app_context(), pytest.raises(Forbidden):
        commands.accept_invitation(PUBLIC, token, name="Dieb", password=FINE, **HERE)
    assert sign_in(world, "otto") is not None
    stranger = Actor("Rival", frozenset({commands.join_organisation.allow}), person_id=world.people["rival"])  # type: ignore[attr-defined]
    with world.at(dt.date(2026, 5, 20)), world.app.app_context(), pytest.raises(NotFound):
        commands.join_organisation(stranger, token)
    otto = Actor("Otto", stranger.permissions, person_id=world.people["otto"])
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.join_organisation(otto, token)
    with world.app.app_context():
        assert [acting.tenant for acting in queries.acting_for(world.people["otto"])] == ["OM", "MF~D01"]


def test_two_clicks_at_once_use_a_link_once(world: World) -> None:
    with world.acting("dana") as dana:
        commands.invite(dana, email="neu@example.test", name="Neu", roles=["service"])
    token = token_of(world.app)
    outcomes: list[str] = []
    gate = threading.Barrier(6)

    def accept() -> None:
        gate.wait()
        try:
            with world.at(dt.date(2026, 5, 20)), world.app.app_context():
                commands.accept_invitation(PUBLIC, token, name="Neu", password=FINE, **HERE)
                outcomes.append("in")
        except PortalError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=accept) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["NotFound"] * 5 + ["in"]


def test_a_member_is_not_invited_twice(world: World) -> None:
    with world.acting("dana") as dana, pytest.raises(RuleBroken) as refused:
        commands.invite(dana, email="tom@example.test", name="Tom", roles=["accounts"])
    assert (refused.value.rule, refused.value.field) == ("PE-4", "email")
    assert delivered(world.app) == []


def test_an_owner_does_not_reach_other_organisations_people(world: World) -> None:
    foreign = [member_id(world, who) for who in ("rival", "mei", "sub", "otto")]
    for membership in [*foreign, 999_999]:
        for attempt in (
            lambda actor, m: commands.change_roles(actor, m, roles=["service"]),
            commands.disable_person,
            commands.enable_person,
            commands.invite_again,
        ):
            with world.acting("dana") as dana, pytest.raises(NotFound):
                attempt(dana, membership)
    with world.acting("dana") as dana:
        assert {one.email for one in queries.colleagues(dana)} == {"dana@example.test", "tom@example.test"}


def test_who_may_not_write_people_is_refused(world: World) -> None:
    for who in ("tom", "fei", "lin"):
        with world.acting(who) as actor, pytest.raises(Forbidden):
            commands.invite(actor, email="neu@example.test", name="Neu", roles=["service"])
    with world.app.app_context():
        assert session().scalars(sa.select(Mail.id)).all() == []


def test_changed_roles_count_at_once_and_end_the_sessions(world: World) -> None:
    token = sign_in(world, "tom")
    with world.acting("dana") as dana:
        commands.change_roles(dana, member_id(world, "tom"), roles=["accounts"], seen=["service"])
    assert not is_signed_in(world, token)
    with world.acting("tom") as tom:
        assert tom.roles == ("accounts",)
    assert facts(world, "dana")[-1] == "tenants:person:changed"


def test_roles_that_somebody_else_changed_meanwhile_are_a_conflict(world: World) -> None:
    with world.acting("dana") as dana:
        commands.change_roles(dana, member_id(world, "tom"), roles=["accounts"])
    with world.acting("dana") as dana, pytest.raises(Conflict):
        commands.change_roles(dana, member_id(world, "tom"), roles=["owner"], seen=["service"])


def test_the_last_owner_and_the_last_administrator_stay(world: World) -> None:
    for who, left in (("dana", ["service"]), ("mei", ["finance"])):
        before = facts(world, who)
        with world.acting(who) as actor, pytest.raises(RuleBroken) as refused:
            commands.change_roles(actor, member_id(world, who), roles=left)
        assert refused.value.rule == "PE-1"
        assert facts(world, who) == before
    with world.acting("dana") as dana:
        commands.change_roles(dana, member_id(world, "tom"), roles=["owner", "service"])
    with world.acting("dana") as dana:
        commands.change_roles(dana, member_id(world, "dana"), roles=["service"])
    with world.acting("tom") as tom, pytest.raises(RuleBroken):
        commands.change_roles(tom, member_id(world, "tom"), roles=["service"])


def test_two_owners_can_not_take_the_role_from_each_other_at_once(world: World) -> None:
    with world.acting("dana") as dana:
        commands.change_roles(dana, member_id(world, "tom"), roles=["owner"])
    actors = {"dana": world.actor("dana"), "tom": world.actor("tom")}
    others = {"dana": member_id(world, "tom"), "tom": member_id(world, "dana")}
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def demote(who: str) -> None:
        gate.wait()
        try:
            with world.at(dt.date(2026, 5, 20)), world.app.app_context():
                scope = actors[who].scope
                assert scope is not None
                session().enter(scope)
                commands.change_roles(actors[who], others[who], roles=["service"])
                outcomes.append("done")
        except PortalError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=demote, args=(who,)) for who in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["RuleBroken", "done"]


def test_a_disabled_person_is_out_at_once_and_comes_back_with_the_same_roles(world: World) -> None:
    token = sign_in(world, "tom")
    with world.acting("dana") as dana:
        commands.disable_person(dana, member_id(world, "tom"))
    assert not is_signed_in(world, token)
    with world.app.app_context():
        assert queries.acting_for(world.people["tom"]) == []
    with world.acting("dana") as dana:
        commands.enable_person(dana, member_id(world, "tom"))
    with world.app.app_context():
        assert [acting.roles for acting in queries.acting_for(world.people["tom"])] == [("service",)]
    assert facts(world, "dana")[-2:] == ["tenants:person:disabled", "tenants:person:enabled"]


def test_nobody_disables_themselves_nor_somebody_of_the_other_side(world: World) -> None:
    with world.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
        commands.disable_person(mei, member_id(world, "mei"))
    assert refused.value.rule == "PE-6"
    with world.acting("ida", "IM") as ida:
        commands.invite(ida, email="ivo@example.test", name="Ivo", roles=["admin"])
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.accept_invitation(PUBLIC, token_of(world.app), name="Ivo", password=FINE, **HERE)
    with world.app.app_context():
        person = queries.person_by_email("ivo@example.test")
        assert person is not None
        ivo = session().scalars(sa.select(Membership.id).where(Membership.person_id == person.id)).one()
    with world.acting("ida", "MF~D03") as ida, pytest.raises(NotFound):
        commands.disable_person(ida, ivo)


def test_a_changed_password_ends_the_other_sessions(world: World) -> None:
    first, second = sign_in(world, "dana"), sign_in(world, "dana")
    assert first is not None
    actor = Actor("Dana", frozenset({commands.change_password.allow}), person_id=world.people["dana"])  # type: ignore[attr-defined]
    with world.at(dt.date(2026, 5, 20)), world.app.app_context(), pytest.raises(RuleBroken) as refused:
        commands.change_password(actor, present="falsch", new=FINE, token=first)
    assert (refused.value.rule, refused.value.field) == ("PW-2", "present")
    assert is_signed_in(world, second)
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.change_password(actor, present=PASSWORD, new=FINE, token=first)
    assert is_signed_in(world, first)
    assert not is_signed_in(world, second)
    assert sign_in(world, "dana") is None
    assert sign_in(world, "dana", FINE) is not None


def test_a_reset_link_works_once_for_an_hour_and_ends_every_session(world: World) -> None:
    session_token = sign_in(world, "dana")
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.ask_reset(PUBLIC, "dana@example.test")
    first = token_of(world.app)
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.ask_reset(PUBLIC, "DANA@example.test ")
    second = token_of(world.app)
    for token, hour in ((first, 10), (second, 12)):
        with world.at(dt.date(2026, 5, 20), hour), world.app.app_context(), pytest.raises(NotFound):
            commands.reset_password(PUBLIC, token, password=FINE, **HERE)
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        assert commands.reset_password(PUBLIC, second, password=FINE, **HERE)
    assert not is_signed_in(world, session_token)
    assert sign_in(world, "dana", FINE) is not None


@pytest.mark.parametrize("email", ["stranger@example.test", "", "no address"])
def test_a_reset_for_an_unknown_address_does_nothing(world: World, email: str) -> None:
    with world.app.app_context():
        commands.ask_reset(PUBLIC, email)
    with world.app.app_context():
        assert session().scalars(sa.select(Mail.id)).all() == []
        assert session().scalars(sa.select(Link.id)).all() == []


def test_what_is_stored_of_a_session_and_a_link_opens_nothing(world: World) -> None:
    token = sign_in(world, "dana")
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.ask_reset(PUBLIC, "dana@example.test")
    link = token_of(world.app)
    with world.app.app_context():
        stored = [
            *session().scalars(sa.select(SignIn.token_hash)),
            *session().scalars(sa.select(Link.token_hash)),
        ]
        assert token not in stored
        assert link not in stored
        mail = session().scalars(sa.select(Mail)).one()
        assert (mail.text, mail.html) == ("", "")


def test_the_first_owner_of_a_dealer_is_invited_by_the_manufacturer_and_nobody_after(world: World) -> None:
    with world.acting("mei") as mei:
        commands.add_dealer(mei, code="D04", name="丁经销商")
    for email in ("wrong@example.test", "right@example.test"):
        with world.acting("mei") as mei:
            commands.invite_owner(mei, "D04", email=email, name="老丁")
    right = token_of(world.app)
    wrong = delivered(world.app)[0]
    body = wrong.get_body(("plain",))
    assert body is not None
    old = body.get_content().split("/invitation/")[1].split()[0]
    with world.at(dt.date(2026, 5, 20)), world.app.app_context(), pytest.raises(NotFound):
        commands.accept_invitation(PUBLIC, old, name="Dieb", password=FINE, **HERE)
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.accept_invitation(PUBLIC, right, name="老丁", password=FINE, **HERE)
    with world.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
        commands.invite_owner(mei, "D04", email="third@example.test", name="Wer")
    assert refused.value.rule == "PE-5"


def test_a_company_that_deals_elsewhere_too_is_out_of_a_manufacturers_reach(world: World) -> None:
    for code in ("D02", "D03"):
        with world.acting("mei") as mei, pytest.raises(RuleBroken) as refused:
            commands.invite_owner(mei, code, email="spy@example.test", name="Spy")
        assert refused.value.rule == "PE-5"


def test_a_disabled_dealers_people_and_its_sub_dealers_people_are_out(world: World) -> None:
    with world.acting("mei") as mei:
        commands.disable_dealer(mei, "D01", reason="协议到期")
    with world.app.app_context():
        assert queries.acting_for(world.people["dana"]) == []
        assert queries.acting_for(world.people["sub"]) == []
        assert [a.tenant for a in queries.acting_for(world.people["rival"])] == ["MF~D02", "OM~X01"]
    with world.acting("mei") as mei:
        commands.enable_dealer(mei, "D01", reason="续签")
    with world.app.app_context():
        assert [a.tenant for a in queries.acting_for(world.people["sub"])] == ["MF~D01S"]


def test_a_dealers_details_change_with_before_and_after_and_a_masked_account(world: World) -> None:
    with world.acting("mei") as mei:
        commands.change_dealer(
            mei, "D01", contact="王五", bank="示例银行", bank_account="6222020000001234567"
        )
    with world.acting("mei") as mei:
        commands.change_dealer(mei, "D01", contact="王五", bank="示例银行", bank_account="")
        assert queries.dealer("D01").bank_account == "6222020000001234567"
    with world.acting("dana"):
        fact = audit.timeline("D01")[-1]
        assert fact.tag.value == "tenants:dealer:changed"
        assert fact.data["after"] == {"contact": "王五", "bank": "示例银行", "bank_account": "**** 4567"}
    with world.acting("mei") as mei, pytest.raises(Conflict):
        commands.change_dealer(mei, "D01", seen_version=1, contact="赵六")


def test_the_operator_opens_a_tenant_with_its_first_administrator(world: World) -> None:
    operator = Actor("Op", world.operator.permissions, person_id=world.people["op"])
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        link = commands.open_tenant(
            operator,
            code="NEW",
            name="新厂",
            timezone="Asia/Shanghai",
            admin_email="chef@example.test",
            admin_name="老板",
        )
    assert link.endswith(last_link(world.app))
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.accept_invitation(PUBLIC, token_of(world.app), name="老板", password=FINE, **HERE)
    with world.app.app_context():
        person = queries.person_by_email("chef@example.test")
        assert person is not None
        assert [(a.tenant, a.roles) for a in queries.acting_for(person.id)] == [("NEW", ("admin",))]


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"code": "MF"}, "TN-4"), ({"admin_email": "niemand"}, "PE-3"), ({"timezone": "Mars/Base"}, "TM-1")],
)
def test_a_tenant_that_can_not_be_opened_leaves_nothing(
    world: World, change: dict[str, str], rule: str
) -> None:
    values = {
        "code": "NEW",
        "name": "新厂",
        "timezone": "Asia/Shanghai",
        "admin_email": "a@b.cn",
        "admin_name": "A",
    }
    with world.app.app_context(), pytest.raises(RuleBroken) as refused:
        commands.open_tenant(world.operator, **{**values, **change})
    assert refused.value.rule == rule
    with world.app.app_context():
        assert [tenant.code for tenant in queries.tenants()] == ["IM", "MF", "OM"]
        assert session().scalars(sa.select(Mail.id)).all() == []


def test_the_session_ends_by_itself_after_two_weeks(world: World) -> None:
    token = sign_in(world, "dana")
    assert token is not None
    for day, alive in (
        (dt.datetime(2026, 6, 3, 1, tzinfo=dt.UTC), True),
        (dt.datetime(2026, 6, 3, 3, tzinfo=dt.UTC), False),
    ):
        with clock.fixed(day), world.app.app_context():
            assert (queries.signed_in(token) is not None) is alive


def test_what_ended_long_ago_is_forgotten_and_the_rest_stays(world: World) -> None:
    sign_in(world, "dana")
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.ask_reset(PUBLIC, "dana@example.test")
    delivered(world.app)
    clock_actor = queries.clock_actor(world.manufacturers["MF"], "Asia/Shanghai")

    def left(on: dt.date) -> tuple[int, int, int]:
        with world.at(on), world.app.app_context():
            commands.forget_old(clock_actor)
        with world.app.app_context():
            return tuple(len(session().scalars(sa.select(table.id)).all()) for table in (SignIn, Link, Mail))  # type: ignore[return-value]

    assert left(dt.date(2026, 6, 10)) == (1, 1, 1)
    assert left(dt.date(2026, 9, 1)) == (1, 0, 1)
    with world.app.app_context():
        sent = session().scalars(sa.select(Mail.sent_at)).one()
    assert sent is not None
    assert left(sent.date() + dt.timedelta(days=40)) == (1, 0, 0)
    assert left(dt.date(2027, 7, 1)) == (0, 0, 0)


def test_a_sub_dealers_owner_sees_to_its_own_people_only(world: World) -> None:
    with world.acting("sub") as sub:
        assert [one.email for one in queries.colleagues(sub)] == ["sub@example.test"]
    with world.acting("sub") as sub:
        commands.invite(sub, email="neu@example.test", name="Neu", roles=["service"])
    with world.at(dt.date(2026, 5, 20)), world.app.app_context():
        commands.accept_invitation(PUBLIC, token_of(world.app), name="Neu", password=FINE, **HERE)
    with world.app.app_context():
        person = queries.person_by_email("neu@example.test")
        assert person is not None
        assert [a.tenant for a in queries.acting_for(person.id)] == ["MF~D01S"]
    with world.acting("dana") as dana:
        assert "neu@example.test" not in {one.email for one in queries.colleagues(dana)}
