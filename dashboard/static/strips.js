// Strips of small tiles, one for each runner: who is about to arrive, which favourites are in view.

import { el, icon, setText } from "./elements.js";
import { LIVE as WORDS } from "./words.js";

class Tile {
  element = el("li", "tile");
  #bib = el("span", "tile-bib");
  #name = el("span", "tile-name");
  #note = el("span", "tile-note");
  #state = null;

  constructor() {
    const who = el("span", "tile-who");
    who.append(this.#name, this.#note);
    this.element.append(this.#bib, who);
  }

  show(runner, note) {
    this.element.dataset.bib = runner.bib;
    this.element.dataset.state = runner.state;
    setText(this.#bib, runner.bib);
    setText(this.#name, runner.entry?.name ?? "");
    const text = [WORDS.state[runner.state], note].filter(Boolean).join(" · ");
    if (this.#state === runner.state + text) return;
    this.#state = runner.state + text;
    this.#note.replaceChildren(icon(runner.state), text);
  }
}

export class Strip {
  #list;
  #tiles = new Map();

  constructor(list) {
    this.#list = list;
  }

  /** Show `runners` in their order; `note` gives what to say of each beside the state. */
  show(runners, note) {
    const wanted = new Set(runners.map((runner) => runner.key));
    for (const [key, tile] of this.#tiles) {
      if (wanted.has(key)) continue;
      tile.element.remove();
      this.#tiles.delete(key);
    }
    let place = this.#list.firstElementChild;
    for (const runner of runners) {
      const tile = this.#tiles.get(runner.key) ?? new Tile();
      this.#tiles.set(runner.key, tile);
      tile.show(runner, note(runner));
      if (tile.element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(tile.element, place);
    }
  }
}
