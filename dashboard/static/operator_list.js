// Which runners an operator sees, in which order, and the list itself.

import { el, icon, setText } from "./elements.js";
import { timeText } from "./format.js";
import { OPERATOR as WORDS } from "./words.js";

const SHOWN = 200;

const SHOWS = {
  all: () => true,
  queue: (runner) => runner.bib === null || runner.state === "seen",
  unsure: (runner) => runner.state === "seen"
    || (runner.listed === false && runner.state === "confirmed"),
  unread: (runner) => runner.bib === null && (!runner.inView || runner.crossingNs !== null),
  conflicts: (runner) => runner.conflict,
};
export const FILTERS = Object.keys(SHOWS);

/** Those that crossed, the newest first, then those in view, then the others. */
function byCrossing(a, b) {
  const rank = (runner) => (runner.crossingNs !== null ? 0 : runner.inView ? 1 : 2);
  return rank(a) - rank(b) || (b.crossingNs ?? b.firstSeenNs) - (a.crossingNs ?? a.firstSeenNs)
    || b.trackId - a.trackId;
}

/** What one keystroke settles comes first: a bib that was seen; then who crossed; then others. */
function byEffort(a, b) {
  const rank = (runner) => (runner.bib !== null ? 0 : runner.crossingNs !== null ? 1 : 2);
  return rank(a) - rank(b) || byCrossing(a, b);
}

/** Keys of runners who wear the same bib before the same camera at the same time. */
function clashes(runners) {
  const wearers = new Map();
  for (const runner of runners) {
    if (runner.bib === null) continue;
    const worn = `${runner.camera}\n${runner.bib}`;
    wearers.set(worn, [...(wearers.get(worn) ?? []), runner]);
  }
  const last = (runner) => (runner.inView ? Infinity : runner.lastSeenNs);
  const found = new Set();
  for (const same of wearers.values()) {
    for (const [n, one] of same.entries()) {
      for (const other of same.slice(n + 1)) {
        if (one.firstSeenNs > last(other) || other.firstSeenNs > last(one)) continue;
        found.add(one.key).add(other.key);
      }
    }
  }
  return found;
}

/** The runners, with the conflicts that arose before this page was opened or by a correction. */
export function withConflicts(runners) {
  const clashing = clashes(runners);
  return runners.map((runner) => (
    { ...runner, conflict: runner.conflict || clashing.has(runner.key) }));
}

/** The runners of a filter in the order to show them. */
export function chosenOf(runners, filter) {
  return runners.filter(SHOWS[filter]).sort(filter === "queue" ? byEffort : byCrossing);
}

/** An image in `place`; one that is told before it has reached the disk is asked for again. */
export function showPicture(place, address, words) {
  if (place.dataset.address === (address ?? "")) return;
  place.dataset.address = address ?? "";
  place.replaceChildren();
  if (words && !address) place.append(el("p", "", WORDS.noPicture));
  if (address) load(place, address, words, [300, 900, 2500, 6000]);
}

function load(place, address, words, waitsMs) {
  const picture = el("img");
  picture.alt = words;
  picture.decoding = "async";
  const wanted = () => place.dataset.address === address;
  picture.onload = () => { if (wanted()) place.replaceChildren(picture); };
  picture.onerror = () => {
    const [waitMs, ...later] = waitsMs;
    if (waitMs) setTimeout(() => { if (wanted()) load(place, address, words, later); }, waitMs);
    else if (wanted() && words) place.replaceChildren(el("p", "", WORDS.noPicture));
  };
  picture.src = waitsMs.length === 4 ? address : `${address}?again=${waitsMs.length}`;
}

export function chip(kind, symbol, text) {
  const element = el("span", `chip ${kind}`);
  element.append(icon(symbol), text);
  return element;
}

class Row {
  #bib = el("span", "row-bib");
  #thumb = el("span", "thumb");
  #name = el("span", "row-name");
  #when = el("span", "row-when");
  #marks = el("span", "row-marks");
  #drawn = "";

  constructor(key, number) {
    this.element = el("li", "row");
    this.element.id = `row-${number}`;
    this.element.dataset.key = key;
    this.element.setAttribute("role", "option");
    const words = el("span", "row-words");
    words.append(this.#name, this.#when);
    this.element.append(this.#bib, this.#thumb, words, this.#marks);
  }

  show(runner, zone, chosen, marked) {
    this.element.setAttribute("aria-selected", String(chosen));
    this.element.classList.toggle("marked", marked);
    const drawn = JSON.stringify([runner, zone, marked]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const state = runner.state ?? "unread";
    this.element.dataset.state = state;
    this.element.dataset.bib = runner.bib ?? "";
    setText(this.#bib, runner.bib ?? "–");
    setText(this.#name, runner.entry?.name ?? WORDS.state[state]);
    setText(this.#when, `${timeText(runner.crossingNs ?? runner.firstSeenNs, zone)} · ${runner.camera}`);
    showPicture(this.#thumb, runner.evidence, "");
    const marks = [[state, WORDS.state[state]]];
    if (runner.conflict) marks.push(["warning", WORDS.conflict]);
    if (runner.listed === false && runner.bib !== null) marks.push(["warning", WORDS.unlisted]);
    if (runner.crossingNs === null && runner.inView) marks.push(["live", WORDS.inView]);
    if (marked) marks.push(["merge", WORDS.marked]);
    this.#marks.replaceChildren(...marks.map(([symbol, word]) => {
      const mark = el("span", `mark-of ${symbol}`);
      mark.title = word;
      mark.append(icon(symbol), el("span", "unseen", word));
      return mark;
    }));
  }
}

/** The list box: one row for each runner, moved only where the order asks for it. */
export class OperatorList {
  #list;
  #rows = new Map();
  #made = 0;

  constructor(list) {
    this.#list = list;
  }

  show(runners, zone, chosen, marked) {
    const shown = runners.slice(0, SHOWN);
    const wanted = new Set(shown.map((runner) => runner.key));
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    let place = this.#list.firstElementChild;
    for (const runner of shown) {
      let row = this.#rows.get(runner.key);
      if (!row) {
        row = new Row(runner.key, this.#made += 1);
        this.#rows.set(runner.key, row);
      }
      row.show(runner, zone, runner.key === chosen, runner.key === marked);
      if (row.element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(row.element, place);
    }
    const active = this.#rows.get(chosen)?.element.id;
    if (active) this.#list.setAttribute("aria-activedescendant", active);
    else this.#list.removeAttribute("aria-activedescendant");
  }

  /** Bring a runner's row into view. */
  reveal(key) {
    this.#rows.get(key)?.element.scrollIntoView({ block: "nearest" });
  }
}
