// The texts of each page in the language that it speaks. The texts themselves are in texts.js.

import { LANGUAGE } from "./language.js";
import { TEXTS } from "./texts.js";

const { shared, ...pages } = TEXTS[LANGUAGE];

export const LIVE = { ...shared, ...pages.live };
export const OPERATOR = { ...shared, ...pages.operator };
export const CAMERAS = { ...shared, ...pages.cameras };
export const STATUS = { ...shared, ...pages.status };
export const GALLERY = { ...shared, ...pages.gallery };
export const REVIEW = { ...shared, ...pages.review };
export const LOGIN = { ...shared, ...pages.login };
export const OVERLAY = pages.overlay;

/** Fill in the texts of a page: data-words, data-words-label and data-words-title name them. */
export function fillIn(page, words) {
  const fixed = { ...words, ...words.static };
  page.documentElement.lang = LANGUAGE;
  for (const element of page.querySelectorAll("[data-words]")) {
    element.textContent = fixed[element.dataset.words];
  }
  for (const element of page.querySelectorAll("[data-words-label]")) {
    element.setAttribute("aria-label", fixed[element.dataset.wordsLabel]);
  }
  for (const element of page.querySelectorAll("[data-words-title]")) {
    element.title = fixed[element.dataset.wordsTitle];
  }
}

/** What the body of an answer refuses, in the page's language; null where it has no known code. */
export function refusalText(told) {
  const texts = pages.refusals;
  return Object.hasOwn(texts, told?.code) ? texts[told.code](told.about ?? {}) : null;
}
