// A runner's page: every sighting with all its pictures, those that were only matched apart.

import { el } from "./elements.js";
import { altOf, pictureOf, stateMark, whereText } from "./gallery_parts.js";
import { sureText } from "./format.js";
import { GALLERY as WORDS } from "./words.js";

/** `place` is filled; `told` is what /api/runners/BIB said. */
export function showRunner(place, told, when) {
  const drawn = JSON.stringify([told, when]);
  // What says the same stays as it is, with the focus in it.
  if (place.dataset.drawn === drawn && place.children.length) return;
  place.dataset.drawn = drawn;
  const focused = place.contains(document.activeElement);
  const read = told.sightings.filter((one) => one.state !== "matched");
  const matched = told.sightings.filter((one) => one.state === "matched");
  place.replaceChildren(head(told), ...group(null, read, when), ...group(WORDS.matched, matched, when));
  if (told.sightings.length === 0) place.append(el("p", "quiet-text", WORDS.notSeen));
  if (focused) place.querySelector("#runner-title").focus();
}

function head(told) {
  const element = el("div", "runner-head");
  const bib = el("p", "runner-bib", told.bib);
  bib.dataset.state = told.state ?? "unread";
  const words = el("div", "runner-words");
  const title = el("h2", "runner-name", told.entry?.name || WORDS.runnerOf(told.bib));
  title.id = "runner-title";
  title.tabIndex = -1;
  words.append(title);
  const { club, category, city, nation } = told.entry ?? {};
  const more = [club, [city, nation].filter(Boolean).join(", "), category].filter(Boolean).join(" · ");
  const under = told.listed === false ? WORDS.unlisted : more;
  if (under) words.append(el("p", "quiet-text", under));
  if (told.sightings.length) words.append(stateMark(told.state));
  element.append(bib, words);
  return element;
}

function group(title, sightings, when) {
  if (sightings.length === 0) return [];
  const list = el("ol", "sightings-of");
  list.append(...sightings.map((one) => sightingOf(one, when)));
  if (title === null) return [list];
  const section = el("section", "matched-group");
  section.append(el("h3", "", title), el("p", "quiet-text", WORDS.matchedHint), list);
  return [section];
}

function sightingOf(sighting, when) {
  const element = el("li", "sighting-of");
  element.dataset.state = sighting.state ?? "unread";
  const facts = el("p", "sighting-facts");
  const more = [
    sighting.state === "corrected" ? "" : WORDS.sure(sureText(sighting.sure)),
    sighting.crossing_utc_ns === null ? "" : WORDS.crossed,
    sighting.photo_name,
  ];
  const text = more.filter(Boolean).join(" · ");
  facts.append(el("strong", "", whereText(sighting, when)), stateMark(sighting.state), text);
  const pictures = el("div", "pictures");
  pictures.append(...sighting.all_pictures.map((address) => linked(address, altOf(sighting))));
  if (sighting.preview !== null) pictures.append(linked(sighting.preview, WORDS.wholePhoto, WORDS.photoGone, "whole"));
  element.append(facts, pictures);
  return element;
}

function linked(address, alt, gone = WORDS.noPicture, kind = "") {
  const link = el("a", `shot ${kind}`.trim());
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener";
  link.append(pictureOf(address, alt, gone));
  return link;
}
