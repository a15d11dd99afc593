"""The tables ``[[webhook]]`` of the race file: which addresses are told of what happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from stream.toml_values import Table

_KEYS = ("url", "on", "secret")


class Happening(StrEnum):
    """What an address can be told of."""

    CONFIRMED = "confirmed"
    """A runner's bib is confirmed, or set by a person."""
    CROSSED = "crossed"
    """A runner has crossed the finish line."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """One address. `secret` signs what is sent; None where nobody checks.

    Neither address nor secret is shown by `repr`: both may open doors.
    """

    url: str = field(repr=False)
    on: frozenset[Happening] = frozenset(Happening)
    secret: str | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """What may be shown of the address."""
        return urlsplit(self.url).hostname or ""


def parse_webhooks(top: Table) -> tuple[WebhookSettings, ...]:
    """All webhooks of a race file.

    Raises:
        ConfigError: an unknown key, or an address or happening that cannot be.
    """
    raw = top.values.get("webhook", [])
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise top.error("webhook", "must be tables: write [[webhook]] on a line of its own.")
    tables = [Table(top.file, f"[[webhook]] {n}", values) for n, values in enumerate(raw, start=1)]
    return tuple(_webhook(table) for table in tables)


def _webhook(table: Table) -> WebhookSettings:
    table.refuse_unknown(_KEYS)
    url = table.text("url")
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or "@" in parts.netloc or any(c <= " " or c > "~" for c in url):
        raise table.error("url", "must be an address like https://example.org/hook, no password.")
    on = table.texts("on") if "on" in table.values else tuple(Happening)
    names = [happening.value for happening in Happening]
    for name in on:
        if name not in names:
            raise table.error("on", f"{name!r} is none of {', '.join(names)}.")
    if not on:
        raise table.error("on", f"is empty. Name some of {', '.join(names)}, or leave it out.")
    secret = table.text("secret") if "secret" in table.values else None
    return WebhookSettings(url, frozenset(Happening(name) for name in on), secret)
