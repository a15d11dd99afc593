// The list of runners and the large card of the one confirmed last.

import { el, setText } from "./elements.js";
import { timeText } from "./format.js";
import { inBlocks } from "./groups.js";
import { Card } from "./runner_card.js";
import { LIVE as WORDS } from "./words.js";

const SHOWN = 120;
const FRESH_MS = 1500;
const flashing = new WeakMap();

/** The runners of a list, one element each, moved only where the order asks for it. */
export class RunnerList {
  #list;
  #older;
  #favourites;
  #cards = new Map();
  #heads = new Map();

  constructor(list, older, favourites) {
    this.#list = list;
    this.#older = older;
    this.#favourites = favourites;
  }

  /**
   * Draw `runners` in their order, those who crossed together under one head; cards that are new
   * or changed state light up if `lively`.
   */
  show(runners, race, lively) {
    const wanted = [];
    for (const block of inBlocks(runners.slice(0, SHOWN))) {
      if (block.group) wanted.push(this.#head(block.runners, race.zone));
      for (const runner of block.runners) {
        const { element } = this.#card(runner, race, lively);
        element.classList.toggle("grouped", block.group);
        wanted.push(element);
      }
    }
    this.#keepOnly(new Set(wanted));
    let place = this.#list.firstElementChild;
    for (const element of wanted) {
      if (element === place) place = place.nextElementSibling;
      else this.#list.insertBefore(element, place);
    }
    this.#older.hidden = runners.length <= SHOWN;
    setText(this.#older, WORDS.older(SHOWN));
  }

  /** The running times as they are now. */
  tick(nowNs) {
    for (const card of this.#cards.values()) card.tick(nowNs);
  }

  #keepOnly(wanted) {
    for (const elements of [this.#cards, this.#heads]) {
      for (const [key, { element }] of elements) {
        if (wanted.has(element)) continue;
        element.remove();
        elements.delete(key);
      }
    }
  }

  /** The head of a group is known by the runner across first, who is the last of its list. */
  #head(group, zone) {
    const first = group.at(-1);
    if (!this.#heads.has(first.key)) this.#heads.set(first.key, { element: el("li", "group") });
    const { element } = this.#heads.get(first.key);
    setText(element, WORDS.group(group.length, timeText(first.crossingNs, zone, false)));
    return element;
  }

  #card(runner, race, lively) {
    const card = this.#cards.get(runner.key)
      ?? new Card("li", (bib) => this.#favourites.toggle(bib));
    const before = card.element.dataset.state;
    this.#cards.set(runner.key, card);
    card.show(runner, race, this.#favourites.has(runner.bib));
    if (lively && before !== card.element.dataset.state) flash(card.element);
    return card;
  }
}

/** The runner confirmed last, in large. */
export class LatestCard {
  #place;
  #card;
  #favourites;

  constructor(place, favourites) {
    this.#place = place;
    this.#favourites = favourites;
    this.#card = new Card("article", (bib) => favourites.toggle(bib));
    place.append(el("h2", "", WORDS.latest), this.#card.element);
  }

  tick(nowNs) {
    this.#card.tick(nowNs);
  }

  show(runner, race, lively) {
    this.#place.hidden = runner === null;
    if (runner === null) return;
    const changed = this.#card.element.dataset.key !== runner.key;
    this.#card.show(runner, race, this.#favourites.has(runner.bib));
    if (changed && lively) flash(this.#card.element);
  }
}

/** Marks a card as new for a while. No animation: one would paint the page sixty times a second
 * while runners pass, and tags would wait for it. */
function flash(element) {
  clearTimeout(flashing.get(element));
  element.classList.add("fresh");
  flashing.set(element, setTimeout(() => element.classList.remove("fresh"), FRESH_MS));
}
