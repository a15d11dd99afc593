"""The pages of a race as text: one with every runner, one for each.

Every text goes into a template through `fill`, which escapes it, so that a name is never markup.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from urllib.parse import quote

from stream.export.manifest import ExportedFile
from stream.export.tables.passings import Passing
from stream.export.tables.results import Result
from stream.export.times import has_date, moment_text, running_text

TEMPLATES = Path(__file__).with_name("templates")

POLICY = "; ".join(
    ["default-src 'none'", "base-uri 'none'", "form-action 'none'"]
    # Pages opened from a disk: not every browser takes 'self' to be the file's folder.
    + [f"{kind}-src 'self' file:" for kind in ("style", "script", "img", "media")]
)
"""Nothing from anywhere but this folder, and no script or style inside a page."""
FOOTER = (
    "Times are those of the cameras and may differ from the official result. Made with finishline."
)
_LONGEST_PLATE = 12


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip and whether browsers play it in a page."""

    file: ExportedFile
    plays: bool


@dataclass(frozen=True, slots=True)
class RunnerPage:
    """What one runner's page shows.

    Attributes:
        path: of the page, inside the export folder.
    """

    result: Result
    path: str
    clips: tuple[Clip, ...]
    stills: tuple[ExportedFile, ...]
    photos: tuple[ExportedFile, ...] = ()

    @property
    def bib(self) -> str:
        """The runner's bib."""
        return self.result.bib

    @property
    def title(self) -> str:
        """Bib and name, or the bib alone."""
        return f"Bib {self.bib}, {self.result.name}" if self.result.name else f"Bib {self.bib}"


def index_page(race: str, runners: Sequence[RunnerPage]) -> str:
    """The page with every runner, in the order given."""
    count = "1 runner" if len(runners) == 1 else f"{len(runners)} runners"
    return fill(
        "index.html",
        policy=POLICY,
        race=race,
        count=count,
        times=_clock_note(runners),
        runners=_joined(_index_runner(runner) for runner in runners),
        nobody_hidden=Html(" hidden" if runners else ""),
        nobody="No runner has been confirmed yet.",
        footer=FOOTER,
    )


def runner_page(
    race: str, runner: RunnerPage, before: RunnerPage | None, after: RunnerPage | None
) -> str:
    """One runner's page, with links to who crossed the line before and after."""
    result = runner.result
    clips = _joined(_clip(runner, clip) for clip in runner.clips)
    stills = _joined(_picture("still", runner, still) for still in runner.stills)
    photos = _joined(_picture("photo", runner, photo) for photo in runner.photos)
    nothing = "No clips, stills or photos of this runner have been exported."
    return fill(
        "runner.html",
        policy=POLICY,
        title=f"{runner.title} · {race}",
        race=race,
        n=_plate(runner.bib),
        bib=runner.bib,
        name=result.name or f"Bib {runner.bib}",
        more=_more(result),
        facts=_facts(result),
        clips=_section("Clips", "clips", clips),
        stills=_section("Stills", "stills", stills),
        photos=_section("Photos", "photos", photos),
        empty=Html("" if clips or stills or photos else f'    <p class="empty">{nothing}</p>\n'),
        before=_turn("prev", "← ", before, ""),
        all=Html('<a class="all" href="../index.html">All runners</a>'),
        after=_turn("next", "", after, " →"),
        footer=FOOTER,
    )


def fill(template: str, **texts: str) -> Html:
    """A template of the package with its places filled; what is not `Html` is escaped.

    Raises:
        KeyError: the template has a place that is not given.
    """
    safe = {
        name: text if isinstance(text, Html) else html.escape(text) for name, text in texts.items()
    }
    return Html(_template(template).substitute(safe))


def link(path: str, up: int = 0) -> str:
    """A relative address of a file of the export, from a page `up` folders deep."""
    # A colon in the first part would be read as a scheme, as in c:clip.mp4.
    return "../" * up + quote(path) if up else f"./{quote(path)}"


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))


def _joined(parts: Iterable[Html]) -> Html:
    return Html("".join(parts))


def _index_runner(runner: RunnerPage) -> Html:
    result, still = runner.result, next(iter((*runner.stills, *runner.photos)), None)
    picture = "" if still is None else f'<img src="{link(still.path)}" alt="" loading="lazy">'
    return fill(
        "index_runner.html",
        page=link(runner.path),
        bib=runner.bib,
        n=_plate(runner.bib),
        picture=Html(picture),
        name=result.name or "",
        more=_more(result),
        when=_when(result),
    )


def _clip(runner: RunnerPage, clip: Clip) -> Html:
    return _figure("clip.html" if clip.plays else "clip_link.html", "clip", runner, clip.file)


def _picture(what: str, runner: RunnerPage, file: ExportedFile) -> Html:
    return _figure("still.html", what, runner, file)


def _figure(template: str, what: str, runner: RunnerPage, file: ExportedFile) -> Html:
    camera = "" if file.camera is None else f"camera {file.camera}"
    begin = file.first_utc_ns
    return fill(
        template,
        url=link(file.path, 1),
        label=", ".join(part for part in (f"{what} of {runner.title}", camera) if part),
        camera=camera.capitalize(),
        when=Html("") if begin is None else _time(begin, "clock"),
    )


def _section(title: str, name: str, figures: Html) -> Html:
    if not figures:
        return Html("")
    return Html(
        f'    <section class="media" aria-labelledby="{name}">\n'
        f'      <h2 id="{name}">{title}</h2>\n'
        f'      <div class="{name}">\n{figures}      </div>\n    </section>\n'
    )


def _more(result: Result) -> str:
    wave = None if result.wave is None else f"Wave {result.wave}"
    return " · ".join(part for part in (result.club, result.category, wave) if part)


def _facts(result: Result) -> Html:
    crossing, seen_ns = result.crossing, result.first_seen_utc_ns
    facts: list[tuple[str, str]] = []
    if crossing is not None:
        facts.append(("Crossed the line", _time(crossing.utc_ns, "full")))
    elif seen_ns is not None:
        facts.append(("Seen", _time(seen_ns, "full")))
    if result.cameras:
        facts.append(
            ("Camera" if len(result.cameras) == 1 else "Cameras", ", ".join(result.cameras))
        )
    return _joined(
        Html(f"<div><dt>{title}</dt><dd>{_safe(text)}</dd></div>") for title, text in facts
    )


def _when(result: Result) -> Html:
    if result.crossing is not None:
        return _time(result.crossing.utc_ns, "clock")
    if result.first_seen_utc_ns is None:
        return Html("")
    return Html(f'<span class="soft">seen</span> {_time(result.first_seen_utc_ns, "clock")}')


def _time(utc_ns: int, kind: str) -> Html:
    """A moment to a tenth; ``full`` with its date, ``clock`` without."""
    text = moment_text(utc_ns)
    if not has_date(utc_ns):
        since = " into the footage" if kind == "full" else ""
        return Html(f"<span>{running_text(utc_ns)[:-2]}{since}</span>")
    day, tenths = text[:10], text[11:21]
    shown = f"{day}, {tenths} UTC" if kind == "full" else tenths
    return Html(f'<time data-moment="{kind}" datetime="{text}">{shown}</time>')


def _clock_note(runners: Sequence[RunnerPage]) -> Html:
    if any(_is_dated(runner.result.crossing) for runner in runners):
        return Html("Camera times, <span data-zone>UTC</span>")
    if any(runner.result.crossing is not None for runner in runners):
        return Html("Camera times since the start of the footage")
    return Html("")


def _is_dated(crossing: Passing | None) -> bool:
    return crossing is not None and has_date(crossing.utc_ns)


def _turn(rel: str, before: str, to: RunnerPage | None, after: str) -> Html:
    if to is None:
        return Html("")
    shown = html.escape(f"{to.bib} {to.result.name or ''}".strip())
    return Html(f'<a rel="{rel}" href="{link(to.path, 1)}">{before}{shown}{after}</a>')


def _plate(bib: str) -> str:
    """How many characters the bib's plate is laid out for."""
    return str(min(max(len(bib), 3), _LONGEST_PLATE))


def _safe(text: str) -> str:
    return text if isinstance(text, Html) else html.escape(text)
