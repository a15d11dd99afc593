// The newest confirmed runners as a lower third, over nothing: for OBS, vMix and other mixers.
//
// /overlay?n=1&seconds=6#token=TOKEN
//   n        so many runners at a time, 1 to 5
//   seconds  how long each is shown; 0 keeps the newest until somebody newer comes
//   lang     en, fr, de or it
//   token    of the role feed; may stand behind ? as well, for mixers that lose what is behind #

import { el, setText } from "./elements.js";
import { LANGUAGE } from "./language.js";
import { OVERLAY } from "./words.js";

const EVERY_MS = 400;
const LONGEST_MS = 5000;
const FADE_MS = 600;

const options = new URLSearchParams(window.location.search);
const token = new URLSearchParams(window.location.hash.slice(1)).get("token") ?? options.get("token");
const most = limited("n", 1, 1, 5);
const seconds = limited("seconds", 6, 0, 600);
const list = document.getElementById("runners");
const setup = document.getElementById("setup");

const shown = new Map();
let known = null;
let etag = "";
let failures = 0;

function limited(name, usual, low, high) {
  const asked = Number.parseFloat(options.get(name) ?? usual);
  return Number.isFinite(asked) ? Math.min(high, Math.max(low, asked)) : usual;
}

/** The gun time comes last: it is known only behind the line. */
function moreText(runner) {
  return [runner.club || runner.city, runner.category, runner.elapsed].filter(Boolean).join(" · ");
}

function card(runner) {
  const row = el("li", "runner");
  row.dataset.bib = runner.bib;
  // A name is not cut off on air while it can be smaller.
  row.classList.toggle("long", runner.name.length > 24);
  const who = el("div", "who");
  who.append(
    el("div", "name", runner.name || OVERLAY.bib(runner.bib)),
    el("div", "more", moreText(runner)),
  );
  row.append(el("div", "bib", runner.bib), who);
  return row;
}

function leave(key) {
  const { row, timer } = shown.get(key);
  shown.delete(key);
  clearTimeout(timer);
  row.classList.remove("shown");
  setTimeout(() => row.remove(), FADE_MS);
}

function enter(runner) {
  const row = card(runner);
  list.append(row);
  // The browser must have drawn it once without the class to fade it in.
  requestAnimationFrame(() => requestAnimationFrame(() => row.classList.add("shown")));
  const timer = seconds > 0 ? setTimeout(() => leave(runner.key), seconds * 1000) : null;
  shown.set(runner.key, { row, timer });
  while (shown.size > most) leave(shown.keys().next().value);
}

function show(runners) {
  const keys = new Set(runners.map((runner) => runner.key));
  // A tag that was taken back must not stay on air.
  for (const key of [...shown.keys()]) if (!keys.has(key)) leave(key);
  for (const runner of runners) {
    const row = shown.get(runner.key)?.row;
    if (row) setText(row.querySelector(".more"), moreText(runner));
  }
  const fresh = runners.filter((runner) => !shown.has(runner.key) && !known?.has(runner.key));
  // Who was confirmed before the page was opened is no news, unless the newest is to stay.
  const news = known === null && seconds > 0 ? [] : fresh;
  for (const runner of news.slice(0, most).reverse()) enter(runner);
  known = keys;
}

function fault(text) {
  failures += 1;
  // On air nothing but runners is shown: only a page that never worked says why.
  if (known !== null) return;
  setup.textContent = text;
  setup.hidden = false;
}

async function ask() {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  if (etag) headers["if-none-match"] = etag;
  try {
    // More than are shown: so that a pack that comes at once is told from who left the list.
    const answer = await fetch("/api/scoreboard.json?n=20", { headers, cache: "no-store" });
    if (answer.status === 401 || answer.status === 403) fault(OVERLAY.token);
    else if (answer.ok) {
      show((await answer.json()).runners);
      etag = answer.headers.get("etag") ?? "";
      failures = 0;
      setup.hidden = true;
    } else if (answer.status === 304) failures = 0;
    else fault(OVERLAY.unreachable);
  } catch {
    fault(OVERLAY.unreachable);
  }
  setTimeout(ask, Math.min(LONGEST_MS, EVERY_MS * 1.6 ** failures));
}

document.documentElement.lang = LANGUAGE;
ask();
