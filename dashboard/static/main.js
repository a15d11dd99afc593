// Ties the line, the roster and the page together.

import { arriving } from "./arriving.js";
import { CameraView } from "./camera.js";
import { CaptureClock } from "./capture_clock.js";
import { Connection } from "./connection.js";
import { Starts } from "./elapsed.js";
import { setText } from "./elements.js";
import { Favourites, parseBibs } from "./favourites.js";
import { diskText, knownZone, timeText } from "./format.js";
import { recall, remember } from "./memory.js";
import { Painted } from "./painted.js";
import { askToSignIn, buildEmpty, buildLanguages, buildLegend, choice } from "./parts.js";
import { Roster } from "./roster.js";
import { LatestCard, RunnerList } from "./runners.js";
import { Strip } from "./strips.js";
import { LIVE as WORDS, fillIn } from "./words.js";

const $ = (id) => document.getElementById(id);

const roster = new Roster();
const favourites = new Favourites(showFollowed);
const list = new RunnerList($("runners"), $("older"), favourites);
const latest = new LatestCard($("latest"), favourites);
const arrivingStrip = new Strip($("arriving-strip").querySelector("ol"));
const favouritesStrip = new Strip($("favourites-strip").querySelector("ol"));
const cameras = new Map();

const race = { zone: null, starts: new Starts() };
const clock = new CaptureClock();
const withoutPictures = new Set();

let filter = "tagged";
let order = recall("order") === "next" ? "next" : "newest";
let lively = false;
let planned = false;
let retryAt = 0;

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(draw);
}

/** Another choice of runners: none of them is new. */
function drawAnew() {
  lively = false;
  plan();
}

function draw() {
  planned = false;
  const runners = roster.list(filter, order);
  list.show(runners, race, lively);
  latest.show(roster.latest(), race, lively);
  const counts = roster.counts();
  setText($("count-view"), String(counts.inView));
  setText($("count-confirmed"), String(counts.confirmed));
  setText($("count-unread"), String(counts.unread));
  $("empty").hidden = runners.length > 0;
  setText($("empty-title"), WORDS.empty[filter].title);
  setText($("empty-text"), WORDS.empty[filter].text);
  drawStrips();
  tickClocks();
  lively = true;
  painted.drawn();
}

function drawStrips() {
  const all = roster.all();
  clock.hear(roster.newestNs);
  const nowNs = clock.nowNs();
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
    // While its video plays, pictures of a camera would be sent for nothing.
    view.onlive = (live) => {
      withoutPictures[live ? "add" : "delete"](name);
      connection.without([...withoutPictures]);
    };
    view.onframe = (utcNs) => clock.hear(utcNs);
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

const painted = new Painted((message) => connection.say(message));
const connection = new Connection({
  line: showLine,
  hello(hello) {
    race.zone = knownZone(hello.race.time_zone);
    race.starts = new Starts(hello.race.starts);
    setText($("race"), hello.race.name);
    document.title = `${hello.race.name} – finishline`;
    for (const name of hello.race.cameras) camera(name);
    favourites.open(hello.race.name);
    painted.hello(hello);
  },
  snapshot(snapshot) {
    roster.reset(snapshot.runners, { ...snapshot.earlier });
    lively = false;
    $("legend").parentElement.open = snapshot.runners.length === 0;
    plan();
  },
  event(event) {
    const runner = roster.apply(event);
    painted.note(event);
    if (runner?.confirmedSeq === event.seq) announce(event);
    plan();
  },
  async preview(told, jpeg) {
    try {
      clock.hear(told.capture_utc_ns);
      await camera(told.camera).show(told, jpeg, race.zone);
    } finally {
      connection.shown();
    }
  },
  clock(told) { painted.clock(told); },
  beat({ status }) {
    painted.beat();
    for (const one of Array.isArray(status.cameras) ? status.cameras : []) {
      if (typeof one.name === "string") camera(one.name).status(one);
    }
    setText($("disk"), diskText(status.disk));
    $("disk").hidden = $("disk").textContent === "";
  },
});

function tick() {
  setText($("now"), timeText(Date.now() * 1e6, race.zone, false));
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

function tickClocks() {
  const nowNs = clock.nowNs();
  list.tick(nowNs);
  latest.tick(nowNs);
}

function listenToFavourites() {
  const input = $("favourites");
  input.addEventListener("input", () => favourites.set(parseBibs(input.value)));
  input.addEventListener("blur", showFollowed);
}

function listen() {
  choice("filter", filter, (value) => {
    filter = value;
    drawAnew();
  });
  choice("order", order, (value) => {
    order = value;
    remember("order", value);
    drawAnew();
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

fillIn(document, WORDS);
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
setInterval(tickClocks, 200);
connection.open();
