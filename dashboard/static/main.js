// Ties the line, the roster and the page together.

import { arriving } from "./arriving.js";
import { CameraView } from "./camera.js";
import { Connection } from "./connection.js";
import { el, icon, setText } from "./elements.js";
import { Favourites, parseBibs } from "./favourites.js";
import { diskText, knownZone, timeText } from "./format.js";
import { LANGUAGE, LANGUAGES, speak } from "./language.js";
import { recall, remember } from "./memory.js";
import { Roster } from "./roster.js";
import { LatestCard, RunnerList } from "./runners.js";
import { Strip } from "./strips.js";
import { WORDS, fillIn } from "./words.js";

const $ = (id) => document.getElementById(id);

const roster = new Roster();
const favourites = new Favourites(showFollowed);
const list = new RunnerList($("runners"), $("older"), favourites);
const latest = new LatestCard($("latest"), favourites);
const arrivingStrip = new Strip($("arriving-strip").querySelector("ol"));
const favouritesStrip = new Strip($("favourites-strip").querySelector("ol"));
const cameras = new Map();

let zone = null;
let filter = "tagged";
let order = recall("order") === "next" ? "next" : "newest";
let newestNs = 0;
let newestAt = 0;
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
  const runners = roster.list(filter, order);
  list.show(runners, zone, lively);
  latest.show(roster.latest(), zone, lively);
  const counts = roster.counts();
  setText($("count-view"), String(counts.inView));
  setText($("count-confirmed"), String(counts.confirmed));
  setText($("count-unread"), String(counts.unread));
  $("empty").hidden = runners.length > 0;
  setText($("empty-title"), WORDS.empty[filter].title);
  setText($("empty-text"), WORDS.empty[filter].text);
  drawStrips();
  lively = true;
}

function drawStrips() {
  const all = roster.all();
  const nowNs = captureNowNs();
  const coming = arriving(all, nowNs);
  arrivingStrip.show(coming, (runner) => whereText(runner, nowNs));
  // Once there, the strip stays, so that the page below does not jump with every runner.
  if (all.some((runner) => runner.bib !== null)) $("arriving-strip").hidden = false;
  $("arriving-strip").classList.toggle("quiet-now", coming.length === 0);
  const followed = new Map(roster.list("tagged", "next")
    .filter((runner) => runner.inView && favourites.has(runner.bib))
    .map((runner) => [runner.bib, runner]));
  favouritesStrip.show([...followed.values()], (runner) => whereText(runner, nowNs));
  $("favourites-strip").hidden = followed.size === 0;
}

/** The newest time of capture told, and on from there by this computer's clock. */
function captureNowNs() {
  if (roster.newestNs !== newestNs) {
    newestNs = roster.newestNs;
    newestAt = performance.now();
  }
  return newestNs + (performance.now() - newestAt) * 1e6;
}

function whereText(runner, nowNs) {
  const ago = Math.max(0, Math.round((nowNs - runner.lastSeenNs) / 1e9));
  const when = runner.inView ? "" : WORDS.ago(ago);
  return [cameras.size > 1 ? runner.camera : "", when].filter(Boolean).join(" · ");
}

function showFollowed() {
  const { bibs } = favourites;
  setText($("following"), WORDS.following(bibs.length));
  // What is being typed is left alone.
  if (document.activeElement !== $("favourites")) $("favourites").value = bibs.join(", ");
  plan();
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
    favourites.open(hello.race.name);
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
  drawStrips();
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

/** Buttons of which one is pressed; `chosen` is called with the value of the one clicked. */
function choice(name, first, chosen) {
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
      lively = false;
      plan();
    });
  }
  press(first);
}

function listenToFavourites() {
  const input = $("favourites");
  input.addEventListener("input", () => favourites.set(parseBibs(input.value)));
  input.addEventListener("blur", showFollowed);
}

function buildLanguages() {
  for (const [code, name] of Object.entries(LANGUAGES)) {
    const option = el("option", "", code.toUpperCase());
    Object.assign(option, { value: code, lang: code, title: name });
    option.setAttribute("aria-label", name);
    option.selected = code === LANGUAGE;
    $("language").append(option);
  }
  $("language").addEventListener("change", () => speak($("language").value));
}

function listen() {
  choice("filter", filter, (value) => { filter = value; });
  choice("order", order, (value) => {
    order = value;
    remember("order", value);
  });
  $("pictures").addEventListener("click", () => {
    const wanted = $("pictures").getAttribute("aria-pressed") !== "true";
    $("pictures").setAttribute("aria-pressed", String(wanted));
    setText($("pictures"), wanted ? WORDS.hidePictures : WORDS.showPictures);
    $("cameras").hidden = !wanted;
    connection.pictures = wanted;
  });
}

/** Who may correct finds the way there; others, and who is not signed in, see no such way. */
async function offerCorrections() {
  const answer = await fetch("/api/who").catch(() => null);
  if (answer?.ok) $("corrections").hidden = !["operator", "admin"].includes((await answer.json()).role);
}

fillIn(document);
setText($("pictures"), WORDS.hidePictures);
setText($("line").querySelector("span"), WORDS.line.connecting);
buildLanguages();
buildEmpty();
buildLegend();
listen();
offerCorrections();
listenToFavourites();
showFollowed();
draw();
tick();
setInterval(tick, 500);
connection.open();
