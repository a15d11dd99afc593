// What stands round the work: texts, buttons, the state of the line, and notices.

import { el, setText } from "./elements.js";
import { LANGUAGE } from "./language.js";
import { OPERATOR as WORDS } from "./words.js";

const $ = (id) => document.getElementById(id);

/** Every text that stands in the page from the beginning. */
export function translate() {
  document.documentElement.lang = LANGUAGE;
  for (const element of document.querySelectorAll("[data-word]")) {
    setText(element, WORDS[element.dataset.word]);
  }
  for (const [id, words] of [["gallery", WORDS.gallery], ["status", WORDS.status], ["text-size", WORDS.textSize], ["theme", WORDS.theme]]) {
    $(id).title = words;
    $(id).setAttribute("aria-label", words);
  }
  $("filters").setAttribute("aria-label", WORDS.show);
  $("acts").setAttribute("aria-label", WORDS.acts);
  for (const [key, words] of Object.entries(WORDS.key)) {
    const term = el("dt");
    term.append(el("kbd", "", key));
    $("keys").append(term, el("dd", "", words));
  }
}

/** A button of an act, with the key that does the same. */
export function addAct(name, key, go) {
  const button = el("button", "act");
  button.type = "button";
  button.dataset.act = name;
  button.append(el("span", "", WORDS.act[name]), el("kbd", "", key));
  button.addEventListener("click", go);
  $("acts").append(button);
  return button;
}

/** What must be known above all else, in the strip at the top; empty for nothing. */
export function notice(text, link = null) {
  $("notice").hidden = text === "";
  if ($("notice").dataset.text === text) return;
  $("notice").dataset.text = text;
  $("notice").replaceChildren(text, ...(link ? [" ", link] : []));
}

export function offerSignIn() {
  const link = el("a", "", WORDS.signIn);
  link.href = "/login";
  notice(WORDS.signedOut, link);
}

/** How the line to the server is. */
export function showLine(state) {
  const lost = state !== "live" && state !== "connecting";
  $("line").dataset.state = state;
  $("line").querySelector("use").setAttribute("href", lost ? "#i-lost" : "#i-live");
  setText($("line").querySelector("span"), lost ? WORDS.line.lost : WORDS.line[state]);
  if (state === "signIn") offerSignIn();
  else if (lost) notice(state === "full" ? WORDS.full : WORDS.outdated);
}
