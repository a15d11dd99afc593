// What the grid and a runner's page show alike: pictures, and how the bib is known.

import { el, icon } from "./elements.js";
import { dayText, timeText } from "./format.js";
import { GALLERY as WORDS } from "./words.js";

/** How a bib is known, by symbol and word; matched ones are never told as read. */
export function stateMark(state) {
  const name = state ?? "unread";
  const mark = el("span", `mark-of ${name}`);
  mark.append(icon(name), WORDS.state[name]);
  return mark;
}

/** How times are told: in `zone`, and with the day where the race has several. */
export function whenOf(daysNs, zone) {
  return { zone, dated: new Set(daysNs.map((ns) => dayText(ns, zone)).filter(Boolean)).size > 1 };
}

/** Who or what saw a runner, and when. */
export function whereText(sighting, { zone, dated }) {
  const where = sighting.camera ?? WORDS.photo;
  const ns = sighting.crossing_utc_ns ?? sighting.first_seen_utc_ns;
  if (ns === null) return where;
  // A photographer's clock is set to seconds.
  const time = timeText(ns, zone, sighting.camera !== null);
  return [dated ? dayText(ns, zone) : "", time, "·", where].filter(Boolean).join(" ");
}

/** A picture, or a word where there is none; `gone` is said where it cannot be had. */
export function pictureOf(address, alt, gone = WORDS.noPicture) {
  const room = el("span", "picture");
  if (address === null) {
    room.append(el("span", "no-picture", WORDS.noPicture));
    return room;
  }
  const picture = el("img");
  picture.alt = alt;
  picture.loading = "lazy";
  picture.decoding = "async";
  picture.onload = () => picture.classList.toggle("wide", picture.naturalWidth > picture.naturalHeight);
  picture.onerror = () => room.replaceChildren(el("span", "no-picture", gone));
  picture.src = address;
  room.append(picture);
  return room;
}

/** What a picture shows, for who cannot see it. */
export function altOf(sighting) {
  return sighting.bib === null ? WORDS.unreadRunner : WORDS.runnerOf(sighting.bib);
}
