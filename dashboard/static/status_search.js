// The search: what is typed is asked for after a breath, and each runner found is shown.

import { el, icon, setText } from "./elements.js";
import { timeText } from "./format.js";
import { ask } from "./operator_api.js";
import { STATUS as WORDS } from "./words.js";

const BREATH_MS = 180;
const MOST = 20;

export class Search {
  zone = null;
  #field;
  #said;
  #list;
  #turn = 0;
  #timer = null;

  constructor(field, said, list) {
    this.#field = field;
    this.#said = said;
    this.#list = list;
    field.addEventListener("input", () => this.#soon(BREATH_MS));
    field.form.addEventListener("submit", (event) => { event.preventDefault(); this.#soon(0); });
    field.form.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("keydown", (event) => this.#key(event));
  }

  #soon(waitMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), waitMs);
  }

  async #ask() {
    const turn = this.#turn + 1;
    this.#turn = turn;
    const text = this.#field.value.trim();
    if (!text) {
      this.#show([], "");
      return;
    }
    try {
      const { hits } = await ask(`/api/search?q=${encodeURIComponent(text)}&limit=${MOST}`);
      if (turn === this.#turn) this.#show(hits, WORDS.found(hits.length, text));
    } catch (error) {
      if (turn === this.#turn) this.#show([], error.message);
    }
  }

  #show(hits, said) {
    setText(this.#said, said);
    this.#list.hidden = hits.length === 0;
    this.#list.replaceChildren(...hits.map((hit) => hitOf(hit, this.zone)));
  }

  /** Down goes into the list, up and down through it, Escape back to the field. */
  #key(event) {
    const rows = [...this.#list.children];
    const at = rows.indexOf(document.activeElement);
    if (event.key === "ArrowDown" && rows.length) rows[Math.min(at + 1, rows.length - 1)].focus();
    else if (event.key === "ArrowUp" && at >= 0) (rows[at - 1] ?? this.#field).focus();
    else if (event.key === "Escape") {
      if (at < 0) this.#field.value = "";
      this.#field.focus();
      this.#soon(0);
    } else return;
    event.preventDefault();
  }
}

function hitOf(hit, zone) {
  const element = el("li", "hit");
  element.tabIndex = -1;
  element.dataset.bib = hit.bib;
  element.dataset.match = hit.match;
  const head = el("div", "hit-head");
  head.append(el("span", "hit-bib", hit.bib), names(hit));
  if (hit.match === "near") head.append(el("span", "hit-match", WORDS.near));
  element.append(head);
  if (hit.runners.length + hit.photos.length === 0) element.append(el("p", "quiet-text", WORDS.notSeen));
  else {
    const list = el("ul", "sightings");
    list.append(...hit.runners.map((runner) => sighting(runner, zone)));
    if (hit.photos.length) list.append(inPhotos(hit));
    const all = el("a", "all-pictures", WORDS.allPictures);
    all.href = hit.gallery;
    element.append(list, all);
  }
  return element;
}

function inPhotos(hit) {
  const element = el("li", "in-photos");
  const pictures = el("div", "photo-thumbs");
  for (const { picture, bib } of hit.photos) {
    if (picture !== null) pictures.append(thumb(picture, WORDS.evidence(bib)));
  }
  element.append(el("strong", "", WORDS.inPhotos(hit.n_photos, hit.n_unsure_photos)), pictures);
  return element;
}

function names(hit) {
  const words = el("div", "hit-words");
  const { name, club, category } = hit.entry ?? {};
  const called = name || (hit.listed === false ? WORDS.notListed : "");
  if (called) words.append(el("p", "hit-name", called));
  const more = [club, category].filter(Boolean).join(" · ");
  if (more) words.append(el("p", "quiet-text", more));
  return words;
}

function sighting(runner, zone) {
  const element = el("li", "sighting");
  const state = el("span", `state-of ${runner.state}`);
  state.append(icon(runner.state), WORDS.state[runner.state] ?? runner.state);
  const facts = el("p", "sighting-facts");
  const crossed = runner.crossing_utc_ns;
  facts.append(el("strong", "", crossed === null ? WORDS.seenAt(timeText(runner.first_seen_utc_ns, zone))
    : WORDS.crossedAt(timeText(crossed, zone))), ` · ${runner.camera}`);
  if (runner.in_view) facts.append(` · ${WORDS.inView}`);
  const words = el("div", "sighting-words");
  words.append(facts, state);
  const shown = runner.evidence === null ? el("span", "thumb")
    : thumb(runner.evidence, WORDS.evidence(runner.bib));
  element.append(shown, words);
  if (runner.conflict.length) {
    const warning = el("span", "state-of warning");
    warning.append(icon("warning"), WORDS.conflict);
    words.append(warning);
  }
  return element;
}

function thumb(address, alt) {
  const link = el("a", "thumb");
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener";
  // The link keeps its name where the picture is gone.
  link.ariaLabel = alt;
  const picture = el("img");
  picture.src = address;
  picture.alt = alt;
  picture.loading = "lazy";
  picture.decoding = "async";
  picture.onerror = () => picture.remove();
  link.append(picture);
  return link;
}
