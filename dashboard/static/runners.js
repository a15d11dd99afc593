// The list of runners and the large card of the one confirmed last.

import { el, icon, setText } from "./elements.js";
import { sureText, timeText } from "./format.js";
import { inBlocks } from "./groups.js";
import { WORDS } from "./words.js";

const SHOWN = 120;
const LONG_NAME = 26;
// The tag is told before its picture has reached the disk.
const PICTURE_RETRIES_MS = [300, 900, 2500, 6000];

/** One runner's element, kept and updated in place. */
class Card {
  #bib = el("div", "bib");
  #digits = el("span", "digits");
  #crop = el("a", "crop");
  #picture = null;
  #evidence = null;
  #name = el("p", "name");
  #more = el("p", "more");
  #chips = el("p", "chips");
  #facts = el("dl", "facts");
  #star = el("button", "star");
  #bibShown = null;
  #drawn = "";

  /** `follow` is called with the bib whose star is pressed. */
  constructor(tag, follow) {
    this.element = el(tag, "runner");
    this.#bib.append(this.#digits);
    this.#crop.target = "_blank";
    this.#crop.rel = "noopener";
    const who = el("div", "who");
    this.#star.type = "button";
    this.#star.append(icon("star"));
    this.#star.addEventListener("click", () => follow(this.#bibShown));
    who.append(this.#star, this.#name, this.#more, this.#chips);
    this.element.append(this.#bib, this.#crop, who, this.#facts);
  }

  show(runner, zone, followed) {
    const drawn = JSON.stringify([runner, zone, followed]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.element.dataset.key = runner.key;
    this.element.dataset.bib = runner.bib ?? "";
    this.element.dataset.state = runner.state ?? "unread";
    setText(this.#digits, runner.bib ?? "–");
    this.#digits.style.setProperty("--n", Math.max(1, this.#digits.textContent.length));
    this.#who(runner);
    this.#showStar(runner.bib, followed);
    this.#chips.replaceChildren(...chips(runner));
    this.#facts.replaceChildren(...facts(runner, zone));
    this.#showEvidence(runner);
  }

  #who(runner) {
    const name = runner.entry?.name ?? "";
    const missing = runner.inView ? WORDS.unreadInView : WORDS.unread;
    setText(this.#name, runner.bib === null ? missing : name);
    this.#name.classList.toggle("long", name.length > LONG_NAME);
    this.#name.hidden = runner.bib !== null && !name;
    const { club, category, wave } = runner.entry ?? {};
    const more = [club, category, wave ? WORDS.wave(wave) : null].filter(Boolean);
    setText(this.#more, more.join(" · "));
  }

  #showStar(bib, followed) {
    this.#bibShown = bib;
    this.#star.hidden = bib === null;
    this.#star.setAttribute("aria-pressed", String(followed));
    this.#star.setAttribute("aria-label", WORDS.follow(bib));
    this.#star.title = WORDS.follow(bib);
  }

  #showEvidence(runner) {
    this.#crop.title = WORDS.evidence(runner.bib);
    if (runner.evidence === this.#evidence) return;
    this.#evidence = runner.evidence;
    this.#crop.replaceChildren();
    this.#crop.removeAttribute("href");
    if (runner.evidence === null) return;
    this.#crop.href = runner.evidence;
    this.#load(runner.evidence, 0);
  }

  #load(address, tried) {
    const picture = el("img");
    picture.alt = this.#crop.title;
    picture.decoding = "async";
    picture.onload = () => {
      picture.classList.toggle("wide", picture.naturalWidth > picture.naturalHeight);
      if (address === this.#evidence) this.#crop.replaceChildren(picture);
    };
    picture.onerror = () => {
      if (address !== this.#evidence || tried >= PICTURE_RETRIES_MS.length) return;
      setTimeout(() => this.#load(address, tried + 1), PICTURE_RETRIES_MS[tried]);
    };
    picture.src = tried ? `${address}?again=${tried}` : address;
  }
}

function chip(kind, symbol, ...words) {
  const element = el("span", `chip ${kind}`);
  element.append(icon(symbol), ...words);
  return element;
}

function chips(runner) {
  const all = [];
  if (runner.state === "seen") {
    all.push(chip("seen", "seen", WORDS.state.seen, el("small", "", WORDS.tentative)));
  } else if (runner.state) {
    all.push(chip(runner.state, runner.state, WORDS.state[runner.state]));
  } else if (!runner.inView) {
    all.push(chip("unread", "unread", WORDS.unread));
  }
  if (runner.listed === false && runner.bib !== null) {
    all.push(chip("warning", "warning", WORDS.unlisted));
  }
  if (runner.conflict) all.push(chip("warning", "warning", WORDS.conflict));
  if (runner.inView) all.push(chip("view", "live", WORDS.inView));
  return all;
}

function fact(kind, label, text, title = "") {
  const element = el("div", kind);
  element.append(el("dt", "", label), el("dd", "", text));
  if (title) element.title = title;
  return element;
}

function facts(runner, zone) {
  const all = [];
  if (runner.crossingNs !== null) {
    const about = runner.clock === "arrival" ? "≈ " : "";
    const text = about + timeText(runner.crossingNs, zone);
    all.push(fact("crossed", WORDS.crossedAt, text, WORDS.clock[runner.clock] ?? ""));
  }
  all.push(fact("seen-at", WORDS.seenAt, timeText(runner.firstSeenNs, zone)));
  all.push(fact("from", WORDS.camera, runner.camera));
  if (runner.bib !== null && runner.posterior !== null) {
    all.push(fact("sure", WORDS.sure, sureText(runner.posterior), WORDS.sureHint(runner.votes)));
  }
  return all;
}

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
  show(runners, zone, lively) {
    const wanted = [];
    for (const block of inBlocks(runners.slice(0, SHOWN))) {
      if (block.group) wanted.push(this.#head(block.runners, zone));
      for (const runner of block.runners) {
        const { element } = this.#card(runner, zone, lively);
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

  #card(runner, zone, lively) {
    const card = this.#cards.get(runner.key)
      ?? new Card("li", (bib) => this.#favourites.toggle(bib));
    const before = card.element.dataset.state;
    this.#cards.set(runner.key, card);
    card.show(runner, zone, this.#favourites.has(runner.bib));
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

  show(runner, zone, lively) {
    this.#place.hidden = runner === null;
    if (runner === null) return;
    const changed = this.#card.element.dataset.key !== runner.key;
    this.#card.show(runner, zone, this.#favourites.has(runner.bib));
    if (changed && lively) flash(this.#card.element);
  }
}

function flash(element) {
  element.classList.remove("fresh");
  void element.offsetWidth; // starts the animation again
  element.classList.add("fresh");
}
