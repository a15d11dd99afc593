// The bibs that a reader follows, kept in this browser for each race.

import { recall, remember } from "./memory.js";

/** Bibs from a typed list, in its order and each once: commas, semicolons or spaces between. */
export function parseBibs(text) {
  return [...new Set(text.toUpperCase().split(/[\s,;]+/).filter(Boolean))];
}

export class Favourites {
  #race = null;
  #bibs = new Set();
  #changed;

  /** `changed` is called whenever other bibs are followed. */
  constructor(changed) {
    this.#changed = changed;
    window.addEventListener("storage", (event) => {
      if (event.key === this.#key()) this.#recall();
    });
  }

  get bibs() {
    return [...this.#bibs];
  }

  /** Take up what was followed in a race before. */
  open(race) {
    if (race === this.#race) return;
    this.#race = race;
    this.#recall();
  }

  has(bib) {
    return bib !== null && this.#bibs.has(bib.toUpperCase());
  }

  toggle(bib) {
    const key = bib.toUpperCase();
    this.set(this.has(bib) ? this.bibs.filter((one) => one !== key) : [...this.#bibs, key]);
  }

  set(bibs) {
    this.#bibs = new Set(bibs);
    remember(this.#key(), this.bibs.join(","));
    this.#changed();
  }

  #key() {
    return `favourites:${this.#race}`;
  }

  #recall() {
    this.#bibs = new Set(parseBibs(recall(this.#key()) ?? ""));
    this.#changed();
  }
}
