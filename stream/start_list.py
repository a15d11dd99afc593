"""The start list: who wears which bib.

A bib is text: leading zeros, letters and suffixes stay. The list is a prior for the vote and
the source of names; it never rewrites what was read. How little it can correct is told as a
number when it is imported (`StartList.risk`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engines.types import ALPHABET

DIGITS = "0123456789"

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "bib": (
        "bib", "bib#", "bibnum", "bibnumber", "number", "no", "nr", "num", "racenr", "racenumber",
        "startnumber", "startnummer", "stnr", "plate#", "plate", "numero", "numéro", "dossard",
        "pettorale", "dorsal",
    ),
    "first_name": ("firstname", "first", "givenname", "prénom", "prenom", "vorname", "nome"),
    "last_name": (
        "lastname", "last", "surname", "familyname", "nom", "nomdefamille", "nachname", "cognome",
    ),
    "name": ("name", "fullname", "athlete", "runner"),
    "club": ("club", "team", "affiliation", "verein", "équipe", "equipe"),
    "category": ("category", "cat", "class", "agegroup", "eventcategory", "klasse", "catégorie"),
    "wave": ("wave", "corral", "startgroup", "block", "startblock"),
    "city": ("city", "town", "ort", "ville", "hometown"),
    "nation": ("nation", "nat", "nationality", "country", "noc", "nationalité"),
    "sex": ("sex", "gender", "genre", "geschlecht"),
    "consent": ("consent", "faceconsent"),
}  # fmt: skip


class StartListError(ValueError):
    """A start list cannot be used; the message names the file, the rows and the mend."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One runner on the start list. Only the bib must be there; the rest may be empty.

    `consent` is None where the list has no such column or an empty cell.
    """

    bib: str
    first_name: str = ""
    last_name: str = ""
    club: str = ""
    category: str = ""
    wave: str = ""
    city: str = ""
    nation: str = ""
    sex: str = ""
    consent: bool | None = None

    @property
    def name(self) -> str:
        """First and last name with a space between; empty where neither is known."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Risk:
    """How often a wrong reading of a listed bib is another listed bib, shares 0..1.

    Attributes:
        substitution: of all readings with one digit wrong.
        clipped: of all readings with the first or last digit missing.
    """

    substitution: float
    clipped: float

    def __str__(self) -> str:
        return (
            f"{self.substitution:.0%} of one-digit misreadings and {self.clipped:.0%} of "
            "readings with an edge digit missing are another runner's bib"
        )


@dataclass(frozen=True, slots=True)
class StartList:
    """All entries, by bib as it is compared (see `bib_key`)."""

    entries: tuple[Entry, ...]
    _by_key: dict[str, Entry] = field(init=False, repr=False, compare=False)
    _heads: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)
    _tails: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = {bib_key(entry.bib): entry for entry in self.entries}
        object.__setattr__(self, "_by_key", keys)
        object.__setattr__(self, "_heads", _grouped((k[:n], k) for k in keys for n in _cuts(k)))
        object.__setattr__(self, "_tails", _grouped((k[-n:], k) for k in keys for n in _cuts(k)))

    def without(self, keys: Collection[str]) -> StartList:
        """The list without some bibs, as they are compared."""
        return StartList(tuple(one for one in self.entries if bib_key(one.bib) not in keys))

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, bib: str) -> bool:
        return bib_key(bib) in self._by_key

    def find(self, bib: str) -> Entry | None:
        """The entry with this bib, None where there is none."""
        return self._by_key.get(bib_key(bib))

    def beginning_with(self, text: str) -> tuple[str, ...]:
        """Listed bibs (as compared) that begin with `text` and are longer."""
        return self._heads.get(text, ())

    def ending_with(self, text: str) -> tuple[str, ...]:
        """Listed bibs (as compared) that end with `text` and are longer."""
        return self._tails.get(text, ())

    def near(self, text: str) -> tuple[str, ...]:
        """Listed bibs (as compared) that are one substitution, insertion or deletion away."""
        found = {k for k in _substituted(text, ALPHABET) if k in self._by_key}
        for place in range(len(text) + 1):
            found.update(
                k for c in ALPHABET if (k := text[:place] + c + text[place:]) in self._by_key
            )
            if place < len(text) and (k := text[:place] + text[place + 1 :]) in self._by_key:
                found.add(k)
        return tuple(sorted(found - {text}))

    def risk(self) -> Risk:
        """How many misreadings the list cannot catch; see `Risk`."""
        substituted = [k in self._by_key for key in self._by_key for k in _substituted(key, DIGITS)]
        clipped = [
            part in self._by_key
            for key in self._by_key
            if len(key) > 1
            for part, edge in ((key[1:], key[0]), (key[:-1], key[-1]))
            if edge.isdigit()
        ]
        return Risk(
            sum(substituted) / max(len(substituted), 1), sum(clipped) / max(len(clipped), 1)
        )


def bib_key(bib: str) -> str:
    """A bib as the reader can read it: capitals and digits and ``-``; the rest is left out."""
    return "".join(c for c in bib.strip().upper() if c in ALPHABET)


def load_start_list(path: Path) -> StartList:
    """Read a start list from a file.

    Raises:
        StartListError: the file is missing, cannot be read, is not UTF-8 text, or has wrong rows.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StartListError(f"{path}: no such file. Check the path of the start list.") from None
    except OSError as error:
        raise StartListError(
            f"{path}: cannot be read ({error.strerror or error}). Name a CSV file."
        ) from error
    except UnicodeDecodeError:
        raise StartListError(f"{path}: not UTF-8 text. Save it as 'CSV UTF-8'.") from None
    return parse_start_list(text, str(path))


def parse_start_list(text: str, file: str = "start list") -> StartList:
    """Read a start list from the text of a CSV file.

    Comma, semicolon or tab; a byte order mark is allowed; the first row names the columns, in
    any order and case, with many usual names understood; unknown columns are left out.

    Args:
        text: the whole file.
        file: its name, for messages.

    Raises:
        StartListError: no bib column, or rows without a bib, with a bib that cannot be read
            or twice, or with too many cells. One message lists them all by row number; the
            header is row 1.
    """
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next(rows, [])
    columns = _columns(header)
    if "bib" not in columns:
        raise StartListError(
            f"{file}, row 1: no column for the bib among {', '.join(header) or 'nothing'}. "
            "Name one column 'bib'."
        )
    faults: list[str] = []
    entries: list[Entry] = []
    seen: dict[str, int] = {}
    for cells in rows:
        # Rows are counted as a spreadsheet does, so an empty line counts.
        row = rows.line_num
        if not any(cell.strip() for cell in cells):
            continue
        fault = _fault(cells, columns["bib"], len(header), seen)
        if fault:
            faults.append(f"row {row}: {fault}")
            continue
        seen[bib_key(cells[columns["bib"]])] = row
        entries.append(_entry(cells, columns))
    if faults:
        raise StartListError(_told(file, faults))
    return StartList(tuple(entries))


def _columns(header: list[str]) -> dict[str, int]:
    """Column number by field."""
    columns: dict[str, int] = {}
    for place, title in enumerate(header):
        plain = re.sub(r"[\s_.\-]", "", title.strip().lower())
        for name, aliases in _ALIASES.items():
            if plain in aliases and name not in columns:
                columns[name] = place
    return columns


def _fault(cells: list[str], bib_column: int, n_columns: int, seen: dict[str, int]) -> str | None:
    if len(cells) > n_columns and any(cell.strip() for cell in cells[n_columns:]):
        return f"{len(cells)} cells under {n_columns} columns; put quotes round cells with commas"
    bib = cells[bib_column].strip() if bib_column < len(cells) else ""
    if not bib:
        return "no bib; fill it in or remove the row"
    key = bib_key(bib)
    if not any(c in DIGITS for c in key):
        return f"bib {bib!r} has no digit; a bib needs at least one"
    if key in seen:
        return f"bib {bib!r} is already in row {seen[key]}; every bib may occur once"
    return None


def _entry(cells: list[str], columns: dict[str, int]) -> Entry:
    def cell(name: str) -> str:
        place = columns.get(name)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    first_name, last_name = cell("first_name"), cell("last_name")
    if not first_name and not last_name:
        first_name, _, last_name = cell("name").rpartition(" ")
    return Entry(
        cell("bib"), first_name, last_name, cell("club"), cell("category"), cell("wave"),
        cell("city"), cell("nation"), cell("sex"), _consent(cell("consent")),
    )  # fmt: skip


def _consent(cell: str) -> bool | None:
    if not cell:
        return None
    return cell.lower() in ("1", "yes", "y", "true", "x", "ja", "oui", "si", "sì")


def _told(file: str, faults: list[str], most: int = 20) -> str:
    rest = len(faults) - most
    more = f"\n  and {rest} more" if rest > 0 else ""
    count = "1 row" if len(faults) == 1 else f"{len(faults)} rows"
    return f"{file}: {count} cannot be used\n  " + "\n  ".join(faults[:most]) + more


def _substituted(text: str, alphabet: str) -> list[str]:
    """`text` with each digit replaced by each other character of `alphabet`."""
    return [
        text[:place] + c + text[place + 1 :]
        for place, old in enumerate(text)
        if old in alphabet
        for c in alphabet
        if c != old
    ]


def _cuts(key: str) -> range:
    return range(1, len(key))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for part, key in pairs:
        groups.setdefault(part, []).append(key)
    return {part: tuple(keys) for part, keys in groups.items()}
