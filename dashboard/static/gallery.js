// The gallery: everybody who was seen, as pictures; and one runner's page. The address says what
// is shown. Pictures are asked of the API, so the page works without the line; events on the line
// only make it ask again.

import { Connection } from "./connection.js";
import { setText } from "./elements.js";
import { knownZone } from "./format.js";
import { Adding } from "./gallery_adding.js";
import { Grid } from "./gallery_grid.js";
import { showCounts, showEmpty, showLine, translate } from "./gallery_page.js";
import { whenOf } from "./gallery_parts.js";
import { showRunner } from "./gallery_runner.js";
import { ALL, FILTERS, addressOf, questionOf, stateOf } from "./gallery_state.js";
import { speak } from "./language.js";
import { ask } from "./operator_api.js";
import { GALLERY as WORDS } from "./words.js";

const BREATH_MS = 250;
const FIELDS = ["q", "from", "to"];
// While a race runs, so often at most is asked again.
const AGAIN_MS = 5000;
// Photos that were just added are waited for.
const ADDED_MS = 1000;

const $ = (id) => document.getElementById(id);

const pageOf = (bib) => addressOf({ ...ALL, bib }, location.href);
const grid = new Grid($("grid"), pageOf);

let state = stateOf(location.href);
let zone = null;
let turn = 0;
let aim = null;
let pages = 1;
let breath = null;
let again = null;
let known = false;
let adding = null;
let photos = null;

/** Another state with an address of its own; what is left is found again by going back. */
function push(next) {
  $("gone").hidden = true;
  history.replaceState({ ...history.state, key: grid.current, top: window.scrollY }, "");
  state = next;
  history.pushState({ came: true }, "", addressOf(state, location.href));
}

/** What stands in the fields and was not asked for yet, as state. */
function typed() {
  if (breath === null) return {};
  clearTimeout(breath);
  breath = null;
  return { ...Object.fromEntries(FIELDS.map((name) => [name, $(name).value.trim()])), page: 1 };
}

/** Go to another state; `kept` changes the address in place, as while typing. */
function go(changes, kept = false) {
  const next = { ...state, ...typed(), ...changes };
  if (kept) {
    state = next;
    history.replaceState(history.state, "", addressOf(state, location.href));
  } else push(next);
  return load();
}

/** Ask for what the state shows, and show it where nothing else was asked for meanwhile. A quiet
 * one takes the place of the one under way, and gives the focus where that would have. */
async function load({ focus = false, key = null, quiet = false } = {}) {
  const mine = turn + 1;
  turn = mine;
  const goal = quiet && aim !== null ? aim : { focus, key };
  aim = goal;
  const asked = state;
  fill();
  if (!quiet) $("gallery").setAttribute("aria-busy", "true");
  try {
    const told = await ask(questionOf(asked, zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone));
    if (mine === turn) show(asked, told, goal);
  } catch (error) {
    if (mine !== turn) return;
    // What the server refuses is told; a fault of ours belongs in the console.
    if (error.status === undefined) console.error(error);
    else refuse(error.message);
  } finally {
    if (mine === turn) {
      aim = null;
      $("gallery").setAttribute("aria-busy", "false");
    }
  }
}

function show(asked, told, { focus, key }) {
  const one = Boolean(asked.bib);
  $("look").hidden = one;
  $("runner").hidden = !one;
  $("refused").hidden = true;
  if (one) {
    showRunner($("runner-body"), told, whenOf(told.days_utc_ns, zone));
    document.title = `${told.bib} ${told.entry?.name ?? ""} – ${WORDS.title}`;
    if (focus) $("runner-title").focus();
    return;
  }
  document.title = `${WORDS.title} – ${$("race").textContent}`;
  ({ pages } = told);
  if (asked.page > pages) {
    go({ page: pages }, true);
    return;
  }
  showCounts(told.counts);
  grid.show(told.sightings, whenOf(told.days_utc_ns, zone));
  const n = told.counts[asked.filter];
  setText($("found"), n === 0 ? "" : WORDS.found(n, asked.page, pages));
  showEmpty(n === 0, asked, told.counts);
  setText($("page-of"), WORDS.pageOf(asked.page, pages));
  $("pager").hidden = n === 0 || pages < 2;
  $("before").disabled = asked.page <= 1;
  $("after").disabled = asked.page >= pages;
  if (focus || key !== null) grid.focus(key);
}

function refuse(message) {
  setText($("refused"), message);
  $("refused").hidden = false;
  $("runner").hidden = !state.bib;
  $("look").hidden = Boolean(state.bib);
  if (state.bib) $("runner-body").replaceChildren();
}

/** The fields say what the state says, those apart in which somebody is typing. */
function fill() {
  // What is typed while an answer is under way stays.
  for (const name of breath === null ? FIELDS : []) {
    if (document.activeElement !== $(name)) $(name).value = state[name];
  }
  $(`filter-${state.filter}`).checked = true;
  $("clear-time").hidden = !state.from && !state.to;
}

/** Whether there was a page to turn to. */
function turnPage(by) {
  if (breath !== null) {
    go({});
    return true;
  }
  const page = Math.min(Math.max(state.page + by, 1), pages);
  if (state.bib || page === state.page) return false;
  const focus = $("grid").contains(document.activeElement);
  push({ ...state, page });
  window.scrollTo({ top: 0 });
  load({ focus });
  return true;
}

/** Back to the pictures: to where the reader came from, or to all. */
function leave() {
  if (!state.bib) return;
  if (history.state?.came) history.back();
  else go(ALL).then(() => grid.focus());
}

/** Into the grid, for whoever has not been there; the grid has the other arrows. */
const INTO_GRID = ["ArrowLeft", "ArrowRight"];
const TURNS = { PageDown: 1, PageUp: -1, n: 1, p: -1 };

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = Boolean(event.target.closest?.("input:not([type=radio]), select, textarea"));
  if (event.key === "Escape" && state.bib) leave();
  else if (event.key === "Escape" && event.target === $("q")) go({ q: "", page: 1 }, true);
  else if (typing) return;
  else if (event.key === "/") $("q").focus();
  else if (INTO_GRID.includes(event.key) && document.activeElement === document.body && !state.bib) grid.focus();
  else if (!(event.key in TURNS) || !turnPage(TURNS[event.key])) return;
  event.preventDefault();
}

function openRunner(event) {
  const tile = event.target.closest(".tile");
  // A click that wants a new tab gets one.
  if (!tile?.dataset.bib || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  push({ ...ALL, bib: tile.dataset.bib });
  window.scrollTo({ top: 0 });
  load({ focus: true });
}

function listen() {
  $("asked").addEventListener("submit", (event) => event.preventDefault());
  for (const name of FIELDS) {
    $(name).addEventListener("input", () => {
      clearTimeout(breath);
      breath = setTimeout(() => go({}, true), BREATH_MS);
    });
  }
  for (const name of FILTERS) {
    $(`filter-${name}`).addEventListener("change", () => go({ filter: name, page: 1 }));
  }
  $("clear-time").addEventListener("click", () => { go({ from: "", to: "", page: 1 }); $("from").focus(); });
  $("show-all").addEventListener("click", () => { go(ALL); $("q").focus(); });
  $("before").addEventListener("click", () => turnPage(-1));
  $("after").addEventListener("click", () => turnPage(1));
  $("back").addEventListener("click", (event) => { event.preventDefault(); leave(); });
  $("grid").addEventListener("click", openRunner);
  $("language").addEventListener("change", () => speak($("language").value));
  document.addEventListener("keydown", key);
  window.addEventListener("popstate", async () => {
    state = stateOf(location.href);
    const { key: last = null, top = 0 } = history.state ?? {};
    await load({ key: last, focus: Boolean(state.bib) });
    if (top) window.scrollTo({ top });
  });
}

/** Something has happened: ask again soon, unless that is about to happen. */
function soon(ms = AGAIN_MS) {
  if (again !== null || document.hidden) return;
  again = setTimeout(() => { again = null; load({ quiet: true }); }, ms);
}

/** How the tagging of photos goes; the first that is told is how it stood. */
function heardPhotos(told) {
  const before = photos;
  photos = told;
  adding?.heard(told);
  if (before !== null && (told.done !== before.done || told.state !== before.state)) soon(ADDED_MS);
}

/** Who may add photos is shown how; a page that cannot ask offers nothing. */
async function offerAdding() {
  try {
    const asked = await ask("/api/photos");
    if (!asked.may_add) return;
    adding = new Adding(asked);
    if (photos !== null) adding.heard(photos);
  } catch (error) {
    if (error.status === undefined) throw error;
  }
}

/** The server leads here who wanted a picture that is not there; once told, the address forgets. */
function tellGone() {
  const here = new URL(location.href);
  $("gone").hidden = !here.searchParams.has("gone");
  if (!$("gone").hidden) history.replaceState(history.state, "", addressOf(state, location.href));
}

translate();
tellGone();
listen();
showLine("connecting");
load({ focus: Boolean(state.bib) });
offerAdding();

new Connection({
  line: showLine,
  hello(hello) {
    setText($("race"), hello.race.name);
    if (!state.bib) document.title = `${WORDS.title} – ${hello.race.name}`;
    const told = knownZone(hello.race.time_zone);
    if (told === zone) return;
    zone = told;
    load({ quiet: true });
  },
  // The first comes with the page; a later one stands for all that was missed.
  snapshot() {
    if (known) soon();
    known = true;
  },
  event: () => soon(),
  photos: heardPhotos,
  preview() { /* none are wanted */ },
  beat() { /* how the race is doing is on the status page */ },
}).pictures = false;
