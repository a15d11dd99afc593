// What the grid and a runner's page show alike: pictures, and how the bib is known.

import { el, icon } from "./elements.js";
import { timeText } from "./format.js";
import { GALLERY as WORDS } from "./words.js";

/** How a bib is known, by symbol and word; matched ones are never told as read. */
export function stateMark(state) {
  const name = state ?? "unread";
  const mark = el("span", `mark-of ${name}`);
  mark.append(icon(name), WORDS.state[name]);
  return mark;
}

/** Who or what saw a runner, and when. */
export function whereText(sighting, zone) {
  const where = sighting.camera ?? WORDS.photo;
  const ns = sighting.crossing_utc_ns ?? sighting.first_seen_utc_ns;
  return ns === null ? where : `${timeText(ns, zone)} · ${where}`;
}

/** A picture, or a word where there is none. */
export function pictureOf(address, alt) {
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
  picture.onerror = () => room.replaceChildren(el("span", "no-picture", WORDS.noPicture));
  picture.src = address;
  room.append(picture);
  return room;
}

/** What a picture shows, for who cannot see it. */
export function altOf(sighting) {
  return sighting.bib === null ? WORDS.unreadRunner : WORDS.runnerOf(sighting.bib);
}
