// Parts of the live page that are built once: what stands where no runner is, the legend, choices.

import { el, icon } from "./elements.js";
import { LANGUAGE, LANGUAGES, speak } from "./language.js";
import { LIVE as WORDS } from "./words.js";

const $ = (id) => document.getElementById(id);

export function buildEmpty() {
  const title = el("h3");
  title.id = "empty-title";
  const text = el("p");
  text.id = "empty-text";
  const gate = el("div", "gate");
  gate.setAttribute("aria-hidden", "true");
  $("empty").append(gate, title, text);
}

export function buildLegend() {
  for (const [state, meaning] of Object.entries(WORDS.legend)) {
    const term = el("dt", `chip ${state}`);
    term.append(icon(state), WORDS.state[state] ?? WORDS.check);
    $("legend").append(term, el("dd", "", meaning));
  }
}

export function buildLanguages() {
  for (const [code, name] of Object.entries(LANGUAGES)) {
    const option = el("option", "", code.toUpperCase());
    Object.assign(option, { value: code, lang: code, title: name });
    option.setAttribute("aria-label", name);
    option.selected = code === LANGUAGE;
    $("language").append(option);
  }
  $("language").addEventListener("change", () => speak($("language").value));
}

/** Buttons of which one is pressed; `chosen` is called with the value of the one clicked. */
export function choice(name, first, chosen) {
  const buttons = [...document.querySelectorAll(`[data-${name}]`)];
  const press = (value) => {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset[name] === value));
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      press(button.dataset[name]);
      chosen(button.dataset[name]);
    });
  }
  press(first);
}

export function askToSignIn() {
  if (!$("outdated").hidden && $("outdated").querySelector("a")) return;
  const link = el("a", "", WORDS.signIn);
  link.href = "/login";
  $("outdated").replaceChildren(`${WORDS.signedOut} `, link);
  $("outdated").hidden = false;
}
