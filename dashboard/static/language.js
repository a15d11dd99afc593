// Which language the page speaks: the address asks for it, or it was chosen before, or the
// browser prefers it. Knows no texts; those are in texts.js.

import { recall, remember } from "./memory.js";

/** The languages by code, each with its own name for itself. */
export const LANGUAGES = { en: "English", fr: "Français", de: "Deutsch", it: "Italiano" };

/** The first language there is among those wanted, each a tag like "de-CH"; else English. */
export function chooseLanguage(wanted) {
  const codes = wanted.map((tag) => (tag ?? "").slice(0, 2).toLowerCase());
  return codes.find((code) => Object.hasOwn(LANGUAGES, code)) ?? "en";
}

const asked = new URLSearchParams(location.search).get("lang");

export const LANGUAGE = chooseLanguage([asked, recall("language"), ...navigator.languages]);

/** Speak another language from now on. The page loads anew, so that every text changes. */
export function speak(code) {
  remember("language", code);
  const address = new URL(location.href);
  // A browser without storage takes the choice from the address.
  if (recall("language") === code) address.searchParams.delete("lang");
  else address.searchParams.set("lang", code);
  if (address.href === location.href) location.reload();
  else location.replace(address);
}
