// One runner's card: the bib, the picture that decided it, who it is, the state, times and facts.

import { elapsedNs } from "./elapsed.js";
import { el, icon, setText } from "./elements.js";
import { durationText, sureText, timeText } from "./format.js";
import { LIVE as WORDS } from "./words.js";

const LONG_NAME = 26;
// The tag is told before its picture has reached the disk.
const PICTURE_RETRIES_MS = [300, 900, 2500, 6000];

/** One runner's element, kept and updated in place. */
export class Card {
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
  // The running time of who has not crossed: where it stands and from when it counts.
  #running = null;

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

  /** `race` has the zone and the starts; see main.js. */
  show(runner, race, followed) {
    const startNs = race.starts.of(runner);
    const drawn = JSON.stringify([runner, race.zone, startNs, followed]);
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
    this.#facts.replaceChildren(...facts(runner, race.zone));
    this.#showElapsed(runner, startNs);
    this.#showEvidence(runner);
  }

  /** The running time as it is now. */
  tick(nowNs) {
    if (this.#running === null) return;
    const { runner, startNs, element } = this.#running;
    const ns = elapsedNs(runner, startNs, nowNs);
    element.hidden = ns === null;
    if (ns !== null) setText(element.lastElementChild, durationText(ns, false));
  }

  /** Ahead of all other facts: the time of who has crossed, or one that `tick` sets going. */
  #showElapsed(runner, startNs) {
    this.#running = null;
    if (startNs === null || (runner.crossingNs === null && !runner.inView)) return;
    const ns = elapsedNs(runner, startNs, null);
    if (runner.crossingNs === null) {
      const element = fact("elapsed running", WORDS.soFar, "", WORDS.elapsedHint);
      element.hidden = true;
      this.#running = { runner, startNs, element };
      this.#facts.prepend(element);
    } else if (ns !== null) {
      const text = about(runner) + durationText(ns);
      this.#facts.prepend(fact("elapsed", WORDS.elapsed, text, WORDS.elapsedHint));
    }
  }

  #who(runner) {
    const name = runner.entry?.name ?? "";
    const missing = runner.inView ? WORDS.unreadInView : WORDS.unread;
    setText(this.#name, runner.bib === null ? missing : name);
    this.#name.classList.toggle("long", name.length > LONG_NAME);
    this.#name.hidden = runner.bib !== null && !name;
    const { club, city, nation, category, wave } = runner.entry ?? {};
    const home = [city, nation].filter(Boolean).join(", ");
    // "Wave" and its name stay on one line.
    const from = wave ? WORDS.wave(wave).replaceAll(" ", "\u00a0") : null;
    const more = [club, home, category, from].filter(Boolean);
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

function about(runner) {
  return runner.clock === "arrival" ? "≈ " : "";
}

function facts(runner, zone) {
  const all = [];
  if (runner.crossingNs !== null) {
    const text = about(runner) + timeText(runner.crossingNs, zone);
    all.push(fact("crossed", WORDS.crossedAt, text, WORDS.clock[runner.clock] ?? ""));
  }
  all.push(fact("seen-at", WORDS.seenAt, timeText(runner.firstSeenNs, zone)));
  all.push(fact("from", WORDS.camera, runner.camera));
  if (runner.bib !== null && runner.posterior !== null) {
    all.push(fact("sure", WORDS.sure, sureText(runner.posterior), WORDS.sureHint(runner.votes)));
  }
  return all;
}
