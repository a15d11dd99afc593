// The fixed parts of the gallery's page: its words, the line, the counts, what stands where nothing is.

import { el, setText } from "./elements.js";
import { ALL, FILTERS, addressOf } from "./gallery_state.js";
import { LANGUAGE, LANGUAGES } from "./language.js";
import { GALLERY as WORDS } from "./words.js";

const $ = (id) => document.getElementById(id);

/** What stands where no picture is. */
export function showEmpty(none, asked, counts) {
  const narrowed = Boolean(asked.q || asked.from || asked.to) || asked.filter !== FILTERS[0];
  $("empty").hidden = !none;
  setText($("empty-title"), narrowed ? WORDS.emptyFound : WORDS.empty);
  setText($("empty-text"), narrowed ? WORDS.emptyFoundHint : WORDS.emptyHint);
  $("show-all").hidden = !narrowed;
  $("filter-matched").closest("label").hidden = counts.matched === 0 && asked.filter !== "matched";
}

export function showCounts(counts) {
  for (const name of FILTERS) setText($(`count-${name}`), String(counts[name]));
}

export function translate() {
  document.documentElement.lang = LANGUAGE;
  for (const element of document.querySelectorAll("[data-word]")) {
    setText(element, WORDS[element.dataset.word]);
  }
  for (const id of ["text-size", "theme", "language", "corrections", "status"]) {
    const words = WORDS[id === "text-size" ? "textSize" : id];
    $(id).title = words;
    $(id).setAttribute("aria-label", words);
  }
  for (const name of FILTERS) setText($(`word-${name}`), WORDS.filter[name]);
  $("failures-list").setAttribute("aria-label", WORDS.notTaken);
  $("tagged-list").setAttribute("aria-label", WORDS.newestPhotos);
  $("back").href = addressOf(ALL, location.href);
  for (const [code, name] of Object.entries(LANGUAGES)) {
    const option = new Option(code.toUpperCase(), code, false, code === LANGUAGE);
    option.setAttribute("aria-label", name);
    $("language").append(option);
  }
}

/** How the live line is doing. The page works without it; being signed out is told. */
export function showLine(told) {
  const lost = told !== "live" && told !== "connecting";
  $("line").dataset.state = told;
  $("line").querySelector("use").setAttribute("href", lost ? "#i-lost" : "#i-live");
  setText($("line").querySelector("span"), lost ? WORDS.line.lost : WORDS.line[told]);
  $("notice").hidden = told !== "signIn";
  if (told !== "signIn") return;
  const link = el("a", "", WORDS.signIn);
  link.href = "/login";
  $("notice").replaceChildren(WORDS.signedOut, " ", link);
}
