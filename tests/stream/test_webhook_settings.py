from __future__ import annotations

import tomllib

import pytest

from stream.toml_values import ConfigError, Table
from stream.webhook_settings import Happening, WebhookSettings, parse_webhooks


def parsed(text: str) -> tuple[WebhookSettings, ...]:
    return parse_webhooks(Table("race.toml", "", tomllib.loads(text)))


def test_none_one_and_two() -> None:
    assert parsed("") == ()
    text = '[[webhook]]\nurl = "https://example.org/a"\n'
    assert parsed(text) == (WebhookSettings("https://example.org/a", frozenset(Happening)),)
    text += '[[webhook]]\nurl = "http://10.0.0.7:81/b?c"\non = ["crossed"]\nsecret = "s"\n'
    second = parsed(text)[1]
    assert second == WebhookSettings("http://10.0.0.7:81/b?c", frozenset({Happening.CROSSED}), "s")
    assert second.host == "10.0.0.7"
    assert "10.0.0.7" not in repr(second) and "'s'" not in repr(second)


ADDRESS = "must be an address like https://example.org/hook, no password."


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", '[[webhook]] 1 url: missing. Add url = "...".'),
        ('url = "example.org"', f"[[webhook]] 1 url: {ADDRESS}"),
        ('url = "ftp://example.org"', f"[[webhook]] 1 url: {ADDRESS}"),
        ('url = "https://a:b@example.org"', f"[[webhook]] 1 url: {ADDRESS}"),
        ('url = "https://example.org:x/"', f"[[webhook]] 1 url: {ADDRESS}"),
        ('url = "https://example.org/a b"', f"[[webhook]] 1 url: {ADDRESS}"),
        ('url = "https://"', f"[[webhook]] 1 url: {ADDRESS}"),
        (
            'url = "https://a.org"\non = ["seen"]',
            "[[webhook]] 1 on: 'seen' is none of confirmed, crossed.",
        ),
        (
            'url = "https://a.org"\non = []',
            "[[webhook]] 1 on: is empty. Name some of confirmed, crossed, or leave it out.",
        ),
        (
            'url = "https://a.org"\nsecrets = "x"',
            "[[webhook]] 1 secrets: unknown key. Did you mean 'secret'?",
        ),
    ],
)
def test_what_cannot_be(table: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        parsed(f"[[webhook]]\n{table}")
    assert str(error.value) == f"race.toml: {message}"


def test_a_single_table_is_said_to_be_a_list() -> None:
    with pytest.raises(ConfigError, match=r"webhook: must be tables: write \[\[webhook\]\]"):
        parsed('webhook = "https://example.org"')
