"""Roles, passwords and addresses."""

import pytest

from portal.kernel.errors import RuleBroken
from portal.kernel.permissions import Permission
from portal.tenants import rules


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "weixiu-2026-Tuzi", "sdk8fhw3kd", "苹果树下的拖拉机很旧了", "0471-88-1023-xq"],
)
def test_a_long_password_that_nobody_else_has_is_fine(password: str) -> None:
    assert rules.password_problem(password, email="dana@example.test") is None


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "Use at least 10 characters."),
        ("abcdefgh9", "Use at least 10 characters."),
        ("dana@example.test", "Don't use your e-mail address."),
        ("DANA@example.TEST", "Don't use your e-mail address."),
        ("Dana20260101", "Don't use your e-mail address."),
        ("Password2026", "This password is used by many people. Choose another one."),
        ("woaini1314!", "This password is used by many people. Choose another one."),
        ("qwertyuiop", "This password is used by many people. Choose another one."),
        ("1234567890", "This password is too simple. Choose another one."),
        ("9876543210", "This password is too simple. Choose another one."),
        ("abababababab", "This password is too simple. Choose another one."),
        ("1111111111", "This password is too simple. Choose another one."),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_with_the_cause(password: str, says: str) -> None:
    assert str(rules.password_problem(password, email="dana@example.test")) == says


@pytest.mark.parametrize("text", ["Dana@Example.test ", "d.a-n_a+x@a.b.cn", "o'neil@example.com"])
def test_an_address_is_kept_in_lower_case(text: str) -> None:
    assert rules.clean_email(text) == text.strip().lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dana",
        "dana@",
        "@example.test",
        "a b@c.de",
        "a@b",
        "a@b..de",
        "a@b.de\nBcc: x@y.de",
        "甲@例.公司",
        "x" * 120 + "@b.de",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.clean_email(text)
    assert (refused.value.rule, refused.value.field) == ("PE-3", "email")


def test_changing_the_roles_of_one_side_keeps_those_of_the_other() -> None:
    present = ["admin", "owner", "accounts"]
    assert rules.with_roles(present, ["service", "owner"], dealer=True) == ["owner", "service", "admin"]
    assert rules.with_roles(present, ["finance"], dealer=False) == ["finance", "owner", "accounts"]


@pytest.mark.parametrize("chosen", [[], ["admin"], ["owner", "admin"], ["boss"]])
def test_no_role_and_a_role_of_the_other_side_are_refused(chosen: list[str]) -> None:
    with pytest.raises(RuleBroken) as refused:
        rules.with_roles(["owner"], chosen, dealer=True)
    assert refused.value.rule == "PE-2"


def test_roles_of_the_other_side_and_of_a_sub_dealer_give_no_permission() -> None:
    may = Permission
    assert rules.permissions_of(["admin"], dealer=True, point=False) == frozenset()
    assert may.PARTS_FILE in rules.permissions_of(["service"], dealer=True, point=False)
    assert may.PARTS_FILE not in rules.permissions_of(["service"], dealer=True, point=True)
    assert may.CARDS_FILE in rules.permissions_of(["service"], dealer=True, point=True)


def test_the_auditor_writes_nothing() -> None:
    writing = {
        "write",
        "file",
        "review",
        "decide",
        "ship",
        "receive",
        "run",
        "close",
        "adjust",
        "submit",
        "accept",
        "answer",
    }
    granted = rules.permissions_of(["auditor"], dealer=False, point=False)
    assert {p.value for p in granted if p.value.rpartition(":")[2] in writing} == set()


def test_the_operator_has_no_permission_on_business_data() -> None:
    assert {p.value for p in rules.OPERATOR_PERMISSIONS} == {
        "portal:public",
        "portal:signed_in",
        "tenants:tenant:operate",
    }


@pytest.mark.parametrize(
    ("account", "shown"), [("6222020000001234567", "**** 4567"), ("123", "****"), ("", "")]
)
def test_a_bank_account_shows_its_last_four_digits(account: str, shown: str) -> None:
    assert rules.masked_account(account) == shown


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
            "Chrome · Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 MicroMessenger/8.0.49", "WeChat · Android"),
        ("curl/8.5.0", "curl"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_people_call_it(user_agent: str, words: str) -> None:
    assert rules.browser_in_words(user_agent) == words
