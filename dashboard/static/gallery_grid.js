// The grid: one picture of each sighting. Tab comes to one of them, the arrow keys to the others.

import { el, icon } from "./elements.js";
import { altOf, pictureOf, stateMark, whereText } from "./gallery_parts.js";
import { step } from "./gallery_state.js";
import { GALLERY as WORDS } from "./words.js";

export class Grid {
  #list;
  #addressOf;
  #drawn = new Map();

  /** `addressOf` gives the address of a bib's page. */
  constructor(list, addressOf) {
    this.#list = list;
    this.#addressOf = addressOf;
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("focusin", (event) => this.#rest(event.target.closest(".tile")));
  }

  /** Which sighting has the focus, or had it last. */
  get current() {
    return this.#list.querySelector('.tile[tabindex="0"]')?.dataset.key ?? null;
  }

  show(sightings, when) {
    const focused = this.#list.contains(document.activeElement) ? this.current : null;
    const before = this.#drawn;
    this.#drawn = new Map();
    for (const sighting of sightings) {
      const key = `${sighting.source}-${sighting.number}`;
      const told = JSON.stringify([sighting, when]);
      const old = before.get(key);
      // A tile that says the same stays: its picture does not blink when the page asks again.
      const tile = old?.told === told ? old.tile : this.#tile(key, sighting, when);
      this.#drawn.set(key, { told, tile });
    }
    this.#list.replaceChildren(...[...this.#drawn.values()].map(({ tile }) => tile.parentElement));
    this.#rest(this.#drawn.get(focused)?.tile ?? this.#tiles()[0]);
    if (focused !== null) (this.#drawn.get(focused)?.tile ?? this.#tiles()[0])?.focus();
  }

  /** Put the focus on a sighting, or on the first where it is not here. */
  focus(key = null) {
    (this.#drawn.get(key)?.tile ?? this.#tiles()[0])?.focus();
  }

  #tiles() {
    return [...this.#list.querySelectorAll(".tile")];
  }

  #rest(tile) {
    if (!tile) return;
    for (const one of this.#tiles()) one.tabIndex = one === tile ? 0 : -1;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tiles = this.#tiles();
    const at = tiles.indexOf(event.target.closest(".tile"));
    if (at < 0) return;
    const columns = getComputedStyle(this.#list).gridTemplateColumns.split(" ").length;
    const to = step(event.key, at, tiles.length, columns);
    if (to === null) return;
    event.preventDefault();
    tiles[to].focus();
  }

  #tile(key, sighting, when) {
    const tile = el("a", "tile");
    tile.dataset.key = key;
    tile.dataset.state = sighting.state ?? "unread";
    tile.dataset.bib = sighting.bib ?? "";
    tile.tabIndex = -1;
    this.#lead(tile, sighting);
    const words = el("span", "tile-words");
    const head = el("span", "tile-head");
    head.append(el("span", "tile-bib", sighting.bib ?? "–"), stateMark(sighting.state));
    words.append(head);
    if (sighting.entry?.name) words.append(el("span", "tile-name", sighting.entry.name));
    words.append(el("span", "tile-where", whereText(sighting, when)));
    if (sighting.match === "near") words.append(el("span", "tile-near", WORDS.near));
    tile.append(pictureOf(sighting.picture, altOf(sighting)), words);
    if (sighting.pictures > 1) {
      const many = el("span", "tile-many");
      many.append(icon("gallery"), String(sighting.pictures));
      many.title = WORDS.pictures(sighting.pictures);
      tile.append(many);
    }
    const item = el("li");
    item.append(tile);
    return tile;
  }

  /** To the runner's page; a runner without a bib has none, but a picture. */
  #lead(tile, sighting) {
    if (sighting.bib !== null) {
      tile.href = this.#addressOf(sighting.bib);
      return;
    }
    tile.href = sighting.photo === null ? sighting.picture ?? "#" : `/api/photos/${sighting.photo}/preview.jpg`;
    tile.target = "_blank";
    tile.rel = "noopener";
  }
}
