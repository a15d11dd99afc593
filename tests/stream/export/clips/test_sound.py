"""Sound that is copied or encoded: at its place, never twice, silent where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import pytest
from av.audio.stream import AudioStream
from av.packet import Packet

from stream.export.clips.sound import AnySound, CopiedSound, EncodedSound
from tests.stream.export.filmed import SECOND_NS, Film, beep, make_film


def packets(file: Path) -> tuple[AudioStream, list[Packet[AudioStream]]]:
    container = av.open(str(file))
    voice = container.streams.audio[0]
    found = [one for one in container.demux(voice) if one.pts is not None]
    return voice, found


def played(tmp_path: Path, films: Sequence[tuple[Film, float]], *, copied: bool) -> Path:
    """The sound of films, each shifted by seconds."""
    clip = tmp_path / "clip.mp4"
    with av.open(str(clip), "w") as out:
        sound: AnySound | None = None
        for n, (film, offset_s) in enumerate(films):
            ending = "mov" if (film.sound or "").startswith("pcm") else "mp4"
            voice, found = packets(make_film(tmp_path / f"{n}.{ending}", film))
            if sound is None:
                sound = CopiedSound(out, voice) if copied else EncodedSound(out, 1)
            for packet in found:
                sound.add(packet, round(offset_s * SECOND_NS))
        assert sound is not None
        sound.finish()
    return clip


def length(clip: Path) -> float:
    with av.open(str(clip)) as container:
        frames = list(container.decode(audio=0))
        assert frames[-1].time is not None
        return frames[-1].time + frames[-1].samples / frames[-1].sample_rate


AAC = Film(sound="aac", beep_s=(0.5, 1.0))
ALAW = Film(sound="pcm_alaw", sound_rate=8000, beep_s=(0.5, 1.0))


@pytest.mark.parametrize("copied", [True, False], ids=["copied", "encoded"])
@pytest.mark.parametrize(
    ("situation", "films", "loud", "long_s"),
    [
        ("one", [(AAC, 0.0)], (0.5, 1.0), 2),
        ("begins before the clip does", [(AAC, -0.3)], (0.2, 0.7), 1.7),
        ("begins late", [(AAC, 0.7)], (1.2, 1.7), 2.7),
        ("two that follow", [(Film(sound="aac", beep_s=(9, 9)), 0.0), (AAC, 2.0)], (2.5, 3.0), 4),
        (
            "two that overlap",
            [(Film(sound="aac", beep_s=(9, 9)), 0.0), (AAC, 1.7)],
            (2.2, 2.7),
            3.7,
        ),
        ("a gap between", [(Film(sound="aac", beep_s=(9, 9)), 0.0), (AAC, 3.0)], (3.5, 4.0), 5),
    ],
)
def test_sound_is_heard_at_its_time(
    situation: str,
    films: Sequence[tuple[Film, float]],
    loud: tuple[float, float],
    long_s: float,
    copied: bool,
    tmp_path: Path,
) -> None:
    clip = played(tmp_path, films, copied=copied)
    assert beep(clip) == pytest.approx(loud, abs=0.03), situation
    assert length(clip) == pytest.approx(long_s, abs=0.06), situation


def test_sound_of_telephones_becomes_aac(tmp_path: Path) -> None:
    clip = played(tmp_path, [(ALAW, 0.0)], copied=False)
    assert beep(clip) == pytest.approx((0.5, 1.0), abs=0.03)
    with av.open(str(clip)) as container:
        context = container.streams.audio[0].codec_context
        assert (context.name, context.sample_rate) == ("aac", 48000)


def test_sounds_of_two_kinds_become_one(tmp_path: Path) -> None:
    quiet = Film(sound="aac", beep_s=(9, 9))
    clip = played(tmp_path, [(quiet, 0.0), (ALAW, 2.0)], copied=False)
    assert beep(clip) == pytest.approx((2.5, 3.0), abs=0.03)
