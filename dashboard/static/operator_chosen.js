// The chosen runner in large, and what is said of a bib while it is typed.

import { el, setText } from "./elements.js";
import { sureText, timeText } from "./format.js";
import { chip, showPicture } from "./operator_list.js";
import { OPERATOR as WORDS } from "./words.js";

const $ = (id) => document.getElementById(id);

/** As the server reads a bib that is typed. */
export function bibOf(text) {
  return text.trim().toUpperCase();
}

/** The start list by bib; empty where there is none. */
export class StartList {
  #names = new Map();

  set entries(entries) {
    this.#names = new Map(entries.map((entry) => [bibOf(entry.bib), entry]));
  }

  get empty() {
    return this.#names.size === 0;
  }

  /** Whether no bib has a letter, so that a tablet may show digits alone. */
  get digitsOnly() {
    return !this.empty && [...this.#names.keys()].every((bib) => /^\d+$/.test(bib));
  }

  find(bib) {
    return this.#names.get(bib) ?? null;
  }
}

/** What to say of `typed` for the chosen runner: {text, kind}; the kind is ok or warning. */
export function hintOf(typed, runner, runners, startList, zone) {
  const bib = bibOf(typed);
  if (!bib) {
    const accepts = runner?.state === "seen" && runner.bib !== null;
    return { text: accepts ? WORDS.hint.accept(runner.bib) : "", kind: "ok" };
  }
  const entry = startList.find(bib);
  const texts = [];
  if (entry) {
    texts.push(WORDS.hint.listed([entry.name, entry.club].filter(Boolean).join(" · ")));
  } else if (!startList.empty) texts.push(WORDS.hint.unlisted(bib));
  const taken = runners.find((other) => other.bib === bib && other.key !== runner?.key);
  if (taken) {
    const when = timeText(taken.crossingNs ?? taken.firstSeenNs, zone);
    texts.push(WORDS.hint.taken(`${when} · ${taken.camera} · ${WORDS.track} ${taken.trackId}`));
  }
  const warns = taken || (!entry && !startList.empty);
  return { text: texts.join(" — "), kind: warns ? "warning" : "ok" };
}

function fact(label, text) {
  const element = el("div");
  element.append(el("dt", "", label), el("dd", "", text));
  return element;
}

/** Draw the chosen runner; null for nobody, with `gone` where there was one. */
export function showChosen(runner, zone, gone) {
  $("chosen").hidden = runner === null;
  $("nobody").hidden = runner !== null;
  setText($("nobody"), gone ? WORDS.gone : WORDS.nobody);
  if (runner === null) return;
  const state = runner.state ?? "unread";
  $("chosen").dataset.state = state;
  setText($("digits"), runner.bib ?? "–");
  $("digits").style.setProperty("--n", Math.max(1, $("digits").textContent.length));
  setText($("name"), runner.entry?.name ?? "");
  $("name").hidden = !runner.entry?.name;
  setText($("more"), [runner.entry?.club, runner.entry?.category].filter(Boolean).join(" · "));
  const chips = [chip(state, state, WORDS.state[state])];
  if (runner.listed === false && runner.bib !== null) {
    chips.push(chip("warning", "warning", WORDS.unlisted));
  }
  if (runner.conflict) chips.push(chip("warning", "warning", WORDS.conflict));
  if (runner.inView) chips.push(chip("view", "live", WORDS.inView));
  $("chips").replaceChildren(...chips);
  $("facts").replaceChildren(...facts(runner, zone));
  showPicture($("evidence"), runner.evidence, WORDS.picture(runner.bib));
}

function facts(runner, zone) {
  const about = runner.clock === "arrival" ? "≈ " : "";
  const all = [];
  if (runner.crossingNs !== null) {
    all.push(fact(WORDS.crossed, about + timeText(runner.crossingNs, zone)));
  }
  all.push(fact(WORDS.firstSeen, timeText(runner.firstSeenNs, zone)));
  all.push(fact(WORDS.camera, runner.camera), fact(WORDS.track, String(runner.trackId)));
  if (runner.bib !== null) all.push(fact(WORDS.sure, sureText(runner.posterior)));
  return all;
}
