from __future__ import annotations

import hashlib
import hmac
import json
import stat
from pathlib import Path

import pytest

from dashboard.access.tokens import ACCESS_FILE, AccessError, Role, Tokens
from stream.store import Store


def test_a_token_is_known_and_nowhere_on_the_disk(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    secret = tokens.add("tablet", Role.OPERATOR)
    file = tmp_path / ACCESS_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in file.read_text()
    assert len(secret) >= 128 / 6
    found = tokens.find(secret)
    assert found is not None
    assert (found.name, found.role) == ("tablet", Role.OPERATOR)
    assert found.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert [file.name for file in tmp_path.iterdir()] == [ACCESS_FILE]


def test_roles_include_those_before_them_and_have_words() -> None:
    assert Role.FEED < Role.VIEWER < Role.OPERATOR < Role.ADMIN
    assert [Role.of(role.word) for role in Role] == list(Role)
    with pytest.raises(ValueError, match="'king' is no role; write one of feed, viewer"):
        Role.of("king")


def test_every_token_is_compared_in_constant_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = Tokens(tmp_path)
    secrets = [tokens.add(name, Role.VIEWER) for name in ("a", "b", "c")]
    compared: list[str | bytes] = []
    compare = hmac.compare_digest

    def spy(one: str, other: str) -> bool:
        compared.append(one)
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", spy)
    for secret, name in ((secrets[0], "a"), (secrets[2], "c"), ("wrong", None), ("", None)):
        compared.clear()
        found = tokens.find(secret)
        assert (found and found.name) == name
        assert len(compared) == 3, "the first that fits does not end it"


def test_another_process_adds_and_removes(tmp_path: Path) -> None:
    ours, theirs = Tokens(tmp_path), Tokens(tmp_path)
    assert ours.list() == ()
    secret = theirs.add("tablet", Role.VIEWER)
    assert ours.find(secret) is not None
    theirs.remove("tablet")
    assert ours.find(secret) is None
    (tmp_path / ACCESS_FILE).unlink()
    assert ours.list() == ()


@pytest.mark.parametrize(
    ("situation", "name", "text"),
    [
        ("taken", "tablet", "has a token 'tablet'; remove it or choose another name"),
        ("empty", "", "'' cannot name a token: write 1 to 40 characters"),
        ("a new line", "a\nb", "cannot name a token"),
        ("blanks", " a", "cannot name a token"),
        ("long", "a" * 41, "cannot name a token"),
    ],
)
def test_a_name_that_cannot_be(tmp_path: Path, situation: str, name: str, text: str) -> None:
    tokens = Tokens(tmp_path)
    tokens.add("tablet", Role.VIEWER)
    with pytest.raises(AccessError) as error:
        tokens.add(name, Role.VIEWER)
    assert text in str(error.value), situation
    assert len(tokens.list()) == 1


def test_what_cannot_be_removed_is_said(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    with pytest.raises(AccessError, match="has no token 'x'; there are: none"):
        tokens.remove("x")
    tokens.add("tablet", Role.VIEWER)
    with pytest.raises(AccessError, match="there are: tablet"):
        tokens.remove("x")


@pytest.mark.parametrize(
    ("situation", "text"),
    [
        ("no JSON", "{"),
        ("no tokens", "{}"),
        ("another role", '{"key": "", "tokens": [{"name": "a", "role": "king", "sha256": "b"}]}'),
        ("a key that is none", '{"key": "xyz", "tokens": []}'),
        ("a list", "[]"),
    ],
)
def test_a_broken_file_lets_nobody_in_and_is_said(
    tmp_path: Path, situation: str, text: str
) -> None:
    (tmp_path / ACCESS_FILE).write_text(text)
    with pytest.raises(AccessError, match=r"access\.json cannot be used.*mend it, or delete it"):
        Tokens(tmp_path).find("anything")


def test_a_copied_file_is_closed_to_others_again(tmp_path: Path) -> None:
    Tokens(tmp_path).add("tablet", Role.VIEWER)
    (tmp_path / ACCESS_FILE).chmod(0o644)
    Tokens(tmp_path).list()
    assert stat.S_IMODE((tmp_path / ACCESS_FILE).stat().st_mode) == 0o600


def test_signatures_are_of_this_file(tmp_path: Path) -> None:
    nobody = Tokens(tmp_path / "none")
    assert nobody.sign("a") != nobody.sign("a"), "without a file nothing is signed"
    one, two = Tokens(tmp_path / "one"), Tokens(tmp_path / "two")
    one.add("tablet", Role.VIEWER)
    two.add("tablet", Role.VIEWER)
    assert one.sign("a") == one.sign("a") == Tokens(tmp_path / "one").sign("a")
    assert len({one.sign("a"), one.sign("b"), two.sign("a")}) == 3
    assert one.sign("a") not in json.dumps((tmp_path / "one" / ACCESS_FILE).read_text())


def test_a_race_may_begin_in_a_folder_with_tokens(tmp_path: Path) -> None:
    Tokens(tmp_path).add("tablet", Role.VIEWER)
    Store.open(tmp_path, race_name="City run").close()
