"""The table ``[bibs]`` of the race file: what is known of the race's bibs before the day.

Training and simulation use all of it, tagging runners the numbers alone.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from engines.number_range import NumberRange
from engines.simulate.bib_style import Colour
from engines.simulate.logo import read_logo
from engines.simulate.race_bibs import RaceBibs, missing_characters
from stream.start_list import bib_key, load_start_list
from stream.toml_values import ConfigError, Table

KEYS: Final = ("font", "paper", "ink", "logos", "title", "aspect", "numbers")
_ASPECTS: Final = (0.7, 2.5)
_MOST_LOGOS: Final = 8
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


def parse_bibs(table: Table, folder: Path) -> RaceBibs:
    """The table's values; nothing is read from the disk.

    Args:
        table: ``[bibs]``, empty where the file has none.
        folder: paths are relative to it.

    Raises:
        ConfigError: an unknown key, a wrong type or a value out of range.
    """
    table.refuse_unknown(KEYS)
    logos = table.texts("logos")
    if len(logos) > _MOST_LOGOS:
        raise table.error("logos", f"{len(logos)} do not fit on a bib; name at most {_MOST_LOGOS}.")
    font = table.optional_text("font")
    papers = tuple(_colour(table, "paper", one) for one in table.texts("paper"))
    inks = tuple(_colour(table, "ink", one) for one in table.texts("ink"))
    known = RaceBibs(
        font=str(folder / font) if font else "",
        logos=tuple(str(folder / logo) for logo in logos),
        title=table.optional_text("title"),
        aspect=_aspect(table),
        numbers=tuple(_numbers(table, one) for one in table.texts("numbers")),
    )
    try:
        return replace(known, papers=papers, inks=inks)
    except ValueError as error:
        raise table.error("ink", f"{error}.") from error


def complete_bibs(bibs: RaceBibs, start_list: Path | None, file: Path) -> RaceBibs:
    """The race's bibs ready to be drawn: with the start list's numbers where no range is told.

    Args:
        bibs: from the race file.
        start_list: the race's, where it names one.
        file: the race file, for messages.

    Raises:
        ConfigError: there are no numbers; a font or a logo cannot be used.
        StartListError: the start list cannot be used.
    """
    if not bibs.numbers:
        if start_list is None:
            raise ConfigError(
                f'{file}: [bibs] numbers: missing. Add numbers = ["1-999"] or a start_list.'
            )
        listed = tuple(bib_key(entry.bib) for entry in load_start_list(start_list).entries)
        bibs = replace(bibs, listed=listed)
    if not bibs.n_texts:
        raise ConfigError(
            f'{file}: start_list: {start_list} names nobody. Add numbers = ["1-999"] to [bibs].'
        )
    for logo in bibs.logos:
        try:
            read_logo(logo)
        except OSError as error:
            raise ConfigError(
                f"{file}: [bibs] logos: {logo} cannot be read ({error}). Give PNG or JPEG files."
            ) from error
    _check_font(bibs, file)
    return bibs


def _check_font(bibs: RaceBibs, file: Path) -> None:
    if not bibs.font:
        return
    try:
        lacking = missing_characters(bibs.font, bibs.characters)
    except OSError as error:
        raise ConfigError(
            f"{file}: [bibs] font: {bibs.font} is no font ({error}). Give a .ttf or .otf file."
        ) from error
    if lacking:
        raise ConfigError(
            f"{file}: [bibs] font: {bibs.font} lacks {', '.join(lacking)}. Give the font of the "
            "numbers, or leave it out."
        )


def _colour(table: Table, key: str, text: str) -> Colour:
    if not _COLOUR.fullmatch(text):
        raise table.error(key, f"{text!r} is no colour. Write it like '#ffcc00'.")
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def _aspect(table: Table) -> float:
    value = table.values.get("aspect", 0.0)
    low, high = _ASPECTS
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise table.error("aspect", "must be a number: the sheet's width over its height.")
    if value and not low <= value <= high:
        raise table.error("aspect", f"must be from {low:g} to {high:g}, or 0, not {value:g}.")
    return float(value)


def _numbers(table: Table, text: str) -> NumberRange:
    try:
        return NumberRange.of(text)
    except ValueError as error:
        raise table.error("numbers", f"{error}.") from error
