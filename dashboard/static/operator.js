// The operator's page: the keys, the acts, and what ties the live line to what is seen.

import { Connection } from "./connection.js";
import { el, setText } from "./elements.js";
import { knownZone } from "./format.js";
import { ask } from "./operator_api.js";
import { Audit } from "./operator_audit.js";
import { Cameras } from "./operator_cameras.js";
import { bibOf, hintOf, showChosen, StartList } from "./operator_chosen.js";
import { chosenOf, FILTERS, OperatorList, withConflicts } from "./operator_list.js";
import { keyboard } from "./operator_keys.js";
import { addAct, offerSignIn, showLine, translate } from "./operator_page.js";
import { CORRECTIONS, Rights } from "./operator_rights.js";
import { OPERATOR as WORDS } from "./words.js";
import { Roster } from "./roster.js";

const $ = (id) => document.getElementById(id);
const NARROW = window.matchMedia("(max-width: 39.99rem)");

const roster = new Roster();
const list = new OperatorList($("list"));
const audit = new Audit($("audit"), $("no-audit"), (number) => undo(number));
const startList = new StartList();
const rights = new Rights($("by"));
const cameras = new Cameras({
  place: $("set-up"), desk: $("desk"), toggle: $("cameras-toggle"), title: $("title"),
}, rights);

let zone = null;
let filter = "all";
let shown = [];
let chosen = null; // key of a runner
let marked = null; // key of the runner that another is to be merged into
let place = 0; // where the chosen one was in the list
let busy = false;
let planned = false;

const acts = {
  wrong: addAct("wrong", "W", wrongPerson),
  none: addAct("none", "N", notARunner),
  merge: addAct("merge", "M", merge),
  split: addAct("split", "S", split),
  undo: addAct("undo", Object.keys(WORDS.key).at(-1), undoMine),
};

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(draw);
}

function draw() {
  planned = false;
  const all = withConflicts(roster.all());
  shown = chosenOf(all, filter);
  const runner = all.find((one) => one.key === chosen) ?? null;
  const at = shown.findIndex((one) => one.key === chosen);
  if (at >= 0) place = at;
  if (marked !== null && !all.some((one) => one.key === marked)) marked = null;
  list.show(shown, zone, chosen, marked);
  $("none").hidden = shown.length > 0;
  setText($("none"), WORDS.none[filter]);
  for (const button of $("filters").children) {
    button.setAttribute("aria-pressed", String(button.dataset.filter === filter));
    const n = chosenOf(all, button.dataset.filter).length;
    setText(button.lastElementChild, button.dataset.filter === "all" || !n ? "" : String(n));
  }
  showChosen(runner, zone, chosen !== null);
  drawWork(runner, all);
  audit.show(zone, rights.may);
}

function drawWork(runner, all) {
  const hint = runner ? hintOf($("bib").value, runner, all, startList, zone) : { text: "", kind: "ok" };
  setText($("hint"), hint.text);
  $("hint").dataset.kind = hint.kind;
  const idle = !rights.may || runner === null;
  $("bib").disabled = idle;
  $("bib-form").querySelector("button").disabled = idle;
  for (const name of ["none", "split"]) acts[name].disabled = idle;
  acts.wrong.disabled = idle || runner.bib === null;
  acts.merge.disabled = idle;
  const merging = marked === null ? "merge" : marked === chosen ? "unmark" : "mergeHere";
  setText(acts.merge.firstElementChild, WORDS.act[merging]);
  acts.undo.disabled = !rights.may || audit.newestOf(rights.name) === null;
  if (runner === null) $("split-form").hidden = true;
}

function theChosen() {
  return roster.find(chosen);
}

function choose(key) {
  if (key === chosen) return;
  chosen = key;
  // What was begun was meant for the former one.
  $("bib").value = "";
  $("split-form").hidden = true;
  refuse("");
  draw();
  list.reveal(key);
}

/** The runner so many places further on; the list may have changed under the chosen one. */
function step(by) {
  if (shown.length === 0) return;
  const at = shown.findIndex((one) => one.key === chosen);
  const from = at >= 0 ? at : by > 0 ? place - 1 : place;
  choose(shown[Math.max(0, Math.min(shown.length - 1, chosen === null ? 0 : from + by))].key);
}

function show(wanted) {
  filter = wanted;
  place = 0;
  draw();
  if (shown.length && !shown.some((one) => one.key === chosen)) choose(shown[0].key);
}

function refuse(text, isOfBib = text !== "") {
  setText($("refusal"), text);
  $("bib").setAttribute("aria-invalid", String(isOfBib));
}

function say(text) {
  setText($("result"), text);
}

/** Tell the server; what it refuses stands beside the input. Whether it was taken. */
async function send(path, wish, done) {
  if (!rights.may) return false;
  if (busy) {
    refuse(WORDS.notYetAnswered, false);
    return false;
  }
  busy = true;
  refuse("");
  say("");
  try {
    const told = await ask(path, rights.said ? { ...wish, by: rights.said } : wish);
    const words = typeof done === "function" ? done(told) : done;
    say(told.conflicts.length ? `${words} ${WORDS.done.rivals}` : words);
    return true;
  } catch (error) {
    refuse(error.message);
    if (error.status === 401) offerSignIn();
    return false;
  } finally {
    busy = false;
  }
}

/** Correct the chosen runner, and go on to the next where it leaves the list. */
async function correct(wish, done, about = theChosen()) {
  if (!about) return false;
  const typed = $("bib").value;
  const taken = await send(CORRECTIONS, { track_id: about.trackId, ...wish }, done);
  if (!taken || chosen !== about.key) return taken;
  if ($("bib").value === typed) $("bib").value = "";
  $("list").focus({ preventScroll: NARROW.matches });
  goOn(about.key);
  return true;
}

/** The live line tells the correction at about the time of the answer, before or after it. */
function goOn(key, patience = 20) {
  draw();
  if (chosen !== key) return;
  if (!shown.some((one) => one.key === key)) {
    const notSent = $("refusal").textContent === WORDS.notYetAnswered;
    if (shown.length) choose(shown[Math.min(place, shown.length - 1)].key);
    if (notSent) refuse(WORDS.notYetAnswered, false);
  } else if (patience > 0) setTimeout(() => goOn(key, patience - 1), 50);
}

function sendBib() {
  const runner = theChosen();
  if (!runner) return;
  const accepted = runner.state === "seen" ? runner.bib : null;
  const bib = bibOf($("bib").value) || accepted;
  if (!bib) {
    $("bib").focus();
    return;
  }
  correct({ kind: "bib", bib }, (told) => (
    WORDS.done.bib(told.bib, told.runners[0]?.entry?.name)), runner);
}

function wrongPerson() {
  const runner = theChosen();
  if (!runner || runner.bib === null) return;
  correct({ kind: "wrong_person", bib: runner.bib }, WORDS.done.wrong_person(runner.bib), runner);
}

function notARunner() {
  correct({ kind: "not_a_runner" }, WORDS.done.not_a_runner);
}

async function merge() {
  const runner = theChosen();
  if (!runner || !rights.may) return;
  if (marked === null || marked === runner.key) {
    marked = marked === null ? runner.key : null;
    say(marked === null ? "" : WORDS.mergeHow);
    draw();
    return;
  }
  const into = roster.find(marked);
  if (!into) return;
  const wish = { kind: "merge", other_track_id: runner.trackId };
  if (!await send(CORRECTIONS, { track_id: into.trackId, ...wish }, WORDS.done.merge)) return;
  marked = null;
  choose(into.key);
  draw();
}

function split() {
  const runner = theChosen();
  if (!runner || !rights.may) return;
  $("split-form").hidden = !$("split-form").hidden;
  if ($("split-form").hidden) return;
  const most = Math.floor((runner.lastSeenNs - runner.firstSeenNs) / 1e8) / 10;
  setText($("split-range"), runner.inView ? WORDS.stillInView : WORDS.splitRange(0.1, most));
  $("split-s").value = "";
  $("split-s").min = "0.1";
  $("split-s").max = String(Math.max(0.1, most));
  $("split-s").focus();
}

function sendSplit() {
  const runner = theChosen();
  const after = Number($("split-s").value);
  if (!runner || !(after > 0)) return;
  const from = Math.round(runner.firstSeenNs + after * 1e9);
  $("split-form").hidden = true;
  correct({ kind: "split", from_utc_ns: from }, WORDS.done.split, runner);
}

function undo(number) {
  return send(`${CORRECTIONS}/${number}/undo`, {}, WORDS.done.undo(number));
}

function undoMine() {
  const mine = audit.newestOf(rights.name);
  if (mine) undo(mine.number);
  else say(WORDS.nothingToUndo);
}

function back() {
  $("bib").value = "";
  $("split-form").hidden = true;
  if (marked !== null) say("");
  marked = null;
  refuse("");
  $("list").focus();
  draw();
}

/** What this page may do and what there is; asked anew after each break. */
async function learn() {
  const told = await rights.learn();
  $("own-name").hidden = !rights.nameless;
  if (told) {
    startList.entries = told.entries;
    audit.reset(told.corrections);
  }
  if (startList.digitsOnly) $("bib").inputMode = "numeric";
  draw();
  $("desk").setAttribute("aria-busy", "false");
}

const connection = new Connection({
  line: showLine,
  hello(hello) {
    zone = knownZone(hello.race.time_zone);
    setText($("race"), hello.race.name);
    document.title = `${WORDS.title} – ${hello.race.name}`;
    learn().then(() => cameras.offer(hello.race.cameras));
  },
  snapshot(snapshot) {
    roster.reset(snapshot.runners, { ...snapshot.earlier });
    plan();
  },
  event(event) {
    roster.apply(event);
    if (event.type === "corrected") audit.add(event);
    plan();
  },
  async preview(told, jpeg) {
    try {
      await cameras.preview(told, jpeg, zone);
    } finally {
      connection.shown();
    }
  },
  beat({ status }) { cameras.beat(status); },
});

function listen() {
  cameras.onopen = (open) => { connection.pictures = open; };
  for (const name of FILTERS) {
    const button = el("button");
    button.type = "button";
    button.dataset.filter = name;
    button.append(el("span", "", WORDS.filter[name]), el("span", "count"));
    button.addEventListener("click", () => show(name));
    $("filters").append(button);
  }
  $("list").addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row) return;
    choose(row.dataset.key);
    if (NARROW.matches) $("chosen").scrollIntoView({ block: "start" });
  });
  $("bib").addEventListener("input", () => { refuse(""); plan(); });
  $("bib-form").addEventListener("submit", (event) => { event.preventDefault(); sendBib(); });
  $("split-form").addEventListener("submit", (event) => { event.preventDefault(); sendSplit(); });
  $("by").addEventListener("input", plan);
  keyboard({
    step, back, sendBib, wrongPerson, notARunner, merge, split, undo: undoMine,
    turn(by) {
      const at = FILTERS.indexOf(filter) + by;
      show(FILTERS[(at + FILTERS.length) % FILTERS.length]);
    },
    type: () => $("bib").focus(),
    rest: () => $("desk").hidden,
  });
}

translate();
listen();
draw();
connection.pictures = false;
