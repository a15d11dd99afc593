// Names and values side by side, and figures as the page's language writes them.

import { el } from "./elements.js";
import { decimalText } from "./format.js";
import { LANGUAGE } from "./language.js";
import { STATUS as WORDS } from "./words.js";

const numbers = new Intl.NumberFormat(LANGUAGE);

export function numberText(number) {
  return numbers.format(number);
}

export function sizeText(bytes) {
  return bytes >= 1e9 ? `${decimalText(bytes / 1e9)} GB` : `${numberText(Math.round(bytes / 1e6))} MB`;
}

/**
 * The rows of a list of facts, each [name, value]; null is left out. A value is a text, or has a
 * `text` and whether it is `bad`.
 */
export function factsOf(facts) {
  return facts.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => {
    const { text, bad } = typeof value === "string" ? { text: value, bad: false } : value;
    const row = el("div", bad ? "bad" : "");
    row.dataset.fact = name;
    row.append(el("dt", "", WORDS.fact[name]), el("dd", "", text));
    return row;
  });
}
