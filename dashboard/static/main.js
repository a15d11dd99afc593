// Ties the line, the roster and the page together.

import { CameraView } from "./camera.js";
import { Connection } from "./connection.js";
import { el, icon, setText } from "./elements.js";
import { diskText, knownZone, timeText } from "./format.js";
import { Roster } from "./roster.js";
import { LatestCard, RunnerList } from "./runners.js";
import { WORDS } from "./words.js";

const $ = (id) => document.getElementById(id);

const roster = new Roster();
const list = new RunnerList($("runners"), $("older"));
const latest = new LatestCard($("latest"));
const cameras = new Map();

let zone = null;
let filter = "tagged";
let lively = false;
let planned = false;
let retryAt = 0;

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(draw);
}

function draw() {
  planned = false;
  const runners = roster.list(filter);
  list.show(runners, zone, lively);
  latest.show(roster.latest(), zone, lively);
  const counts = roster.counts();
  setText($("count-view"), String(counts.inView));
  setText($("count-confirmed"), String(counts.confirmed));
  setText($("count-unread"), String(counts.unread));
  $("empty").hidden = runners.length > 0;
  setText($("empty-title"), WORDS.empty[filter].title);
  setText($("empty-text"), WORDS.empty[filter].text);
  lively = true;
}

function camera(name) {
  if (!cameras.has(name)) {
    const view = new CameraView(name);
    cameras.set(name, view);
    $("cameras").append(view.element);
    $("cameras").dataset.count = cameras.size;
    document.body.dataset.cameras = cameras.size;
  }
  return cameras.get(name);
}

function announce(event) {
  const name = event.entry?.name;
  $("announce").textContent = `${WORDS.state[event.state]}: ${WORDS.announce(event.bib, name)}`;
}

function showLine(state, waitMs = 0) {
  retryAt = performance.now() + waitMs;
  $("line").dataset.state = state;
  const lost = state !== "live" && state !== "connecting";
  $("line").querySelector("use").setAttribute("href", lost ? "#i-lost" : "#i-live");
  setText($("line").querySelector("span"), lost ? WORDS.line.lost : WORDS.line[state]);
  if (state === "live") $("outdated").hidden = true;
}

const connection = new Connection({
  line: showLine,
  hello(hello) {
    zone = knownZone(hello.race.time_zone);
    setText($("race"), hello.race.name);
    document.title = `${hello.race.name} – finishline`;
    for (const name of hello.race.cameras) camera(name);
  },
  snapshot(snapshot) {
    roster.reset(snapshot.runners, { ...snapshot.earlier });
    lively = false;
    $("legend").parentElement.open = snapshot.runners.length === 0;
    plan();
  },
  event(event) {
    const runner = roster.apply(event);
    if (runner?.confirmedSeq === event.seq) announce(event);
    plan();
  },
  async preview(told, jpeg) {
    try {
      await camera(told.camera).show(told, jpeg, zone);
    } finally {
      connection.shown();
    }
  },
  beat({ status }) {
    for (const one of Array.isArray(status.cameras) ? status.cameras : []) {
      if (typeof one.name === "string") camera(one.name).status(one);
    }
    setText($("disk"), diskText(status.disk));
    $("disk").hidden = $("disk").textContent === "";
  },
});

function tick() {
  setText($("now"), timeText(Date.now() * 1e6, zone, false));
  for (const view of cameras.values()) view.tick();
  const state = $("line").dataset.state;
  if (state === "live") return;
  if (state === "signIn") {
    askToSignIn();
    return;
  }
  const seconds = Math.max(0, Math.ceil((retryAt - performance.now()) / 1000));
  const why = state === "full" ? WORDS.full : WORDS.outdated;
  setText($("outdated"), seconds ? `${why} ${WORDS.line.waiting(seconds)}.` : why);
  $("outdated").hidden = state === "connecting" && $("outdated").hidden;
}

function askToSignIn() {
  if (!$("outdated").hidden && $("outdated").querySelector("a")) return;
  const link = el("a", "", WORDS.signIn.go);
  link.href = "/login";
  $("outdated").replaceChildren(`${WORDS.signIn.text} `, link);
  $("outdated").hidden = false;
}

function buildEmpty() {
  const title = el("h3");
  title.id = "empty-title";
  const text = el("p");
  text.id = "empty-text";
  const gate = el("div", "gate");
  gate.setAttribute("aria-hidden", "true");
  $("empty").append(gate, title, text);
}

function buildLegend() {
  for (const [state, meaning] of Object.entries(WORDS.legend)) {
    const term = el("dt", `chip ${state}`);
    term.append(icon(state), WORDS.state[state] ?? WORDS.check);
    $("legend").append(term, el("dd", "", meaning));
  }
}

function listen() {
  for (const button of document.querySelectorAll("[data-filter]")) {
    button.addEventListener("click", () => {
      filter = button.dataset.filter;
      for (const other of document.querySelectorAll("[data-filter]")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      lively = false;
      plan();
    });
  }
  $("pictures").addEventListener("click", () => {
    const wanted = $("pictures").getAttribute("aria-pressed") !== "true";
    $("pictures").setAttribute("aria-pressed", String(wanted));
    setText($("pictures"), wanted ? WORDS.hidePictures : WORDS.showPictures);
    $("cameras").hidden = !wanted;
    connection.pictures = wanted;
  });
}

buildEmpty();
buildLegend();
listen();
draw();
tick();
setInterval(tick, 500);
connection.open();
