// The status page: what the beats tell, what is asked of the API now and then, and the search.

import { Connection } from "./connection.js";
import { el, setText } from "./elements.js";
import { knownZone } from "./format.js";
import { LANGUAGE, LANGUAGES, speak } from "./language.js";
import { ask } from "./operator_api.js";
import { CameraCards } from "./status_cameras.js";
import { showMachine } from "./status_machine.js";
import { RatePlot } from "./status_rate.js";
import { showReasons } from "./status_reasons.js";
import { Search } from "./status_search.js";
import { STATUS as WORDS } from "./words.js";

const AGAIN_MS = 10000;
const BASES = ["crossed", "all"];

const $ = (id) => document.getElementById(id);

const cameras = new CameraCards($("cameras"));
const plot = new RatePlot($("plot"), $("rate-said"), $("rate-table").querySelector("table"));
const search = new Search($("q"), $("found"), $("hits"));

let zone = null;
let basis = null; // null until it is known whether anybody crosses a line here
let rate = null;
let unread = null;
let timer = null;

function draw() {
  if (rate === null || unread === null) return;
  const shown = basis ?? (rate.crossed ? "crossed" : "all");
  for (const button of $("basis").children) {
    button.setAttribute("aria-pressed", String(button.dataset.basis === shown));
  }
  plot.show(rate, shown, zone);
  showReasons(unread, shown, $("reasons-said"), $("reasons"));
}

/** Ask how the race is read, and again after a while. */
async function learn() {
  clearTimeout(timer);
  const camera = $("camera").value;
  const of = camera ? `?camera=${encodeURIComponent(camera)}` : "";
  try {
    const told = await Promise.all([ask(`/api/read-rate${of}`), ask(`/api/unread-reasons${of}`)]);
    // The choice may have changed meanwhile.
    if (camera === $("camera").value) {
      [rate, unread] = told;
      draw();
    }
  } catch (error) {
    // What the server refuses is told; a fault of ours belongs in the console.
    if (error.status) setText($("rate-said"), error.message);
    else console.error(error);
  }
  clearTimeout(timer);
  timer = setTimeout(learn, AGAIN_MS);
}

function showChoice(names) {
  $("camera-choice").hidden = names.length < 2;
  const options = ["", ...names].map((name) => new Option(name || WORDS.allCameras, name));
  const before = $("camera").value;
  $("camera").replaceChildren(...options);
  $("camera").value = names.includes(before) ? before : "";
}

function notice(text, link = null) {
  $("notice").hidden = text === "";
  if ($("notice").dataset.text === text) return;
  $("notice").dataset.text = text;
  $("notice").replaceChildren(text, ...(link ? [" ", link] : []));
}

function showLine(state) {
  const lost = state !== "live" && state !== "connecting";
  $("line").dataset.state = state;
  $("line").querySelector("use").setAttribute("href", lost ? "#i-lost" : "#i-live");
  setText($("line").querySelector("span"), lost ? WORDS.line.lost : WORDS.line[state]);
  if (state === "live") notice("");
  else if (state === "signIn") {
    const link = el("a", "", WORDS.signIn);
    link.href = "/login";
    notice(WORDS.signedOut, link);
  } else if (lost) notice(state === "full" ? WORDS.full : WORDS.outdated);
}

const connection = new Connection({
  line: showLine,
  hello(hello) {
    zone = knownZone(hello.race.time_zone);
    setText($("race"), hello.race.name);
    document.title = `${WORDS.title} – ${hello.race.name}`;
    showChoice(hello.race.cameras);
    search.zone = zone;
    learn();
  },
  snapshot() { /* runners are asked for by the search alone */ },
  event() { /* likewise */ },
  preview() { connection.shown(); },
  beat({ status }) {
    cameras.show(Array.isArray(status.cameras) ? status.cameras : []);
    $("no-cameras").hidden = cameras.size > 0;
    showMachine($("machine"), status);
  },
});

function translate() {
  document.documentElement.lang = LANGUAGE;
  for (const element of document.querySelectorAll("[data-word]")) {
    setText(element, WORDS[element.dataset.word]);
  }
  const labels = [["text-size", WORDS.textSize], ["theme", WORDS.theme], ["language", WORDS.language],
    ["corrections", WORDS.corrections], ["gallery", WORDS.gallery]];
  for (const [id, words] of labels) {
    $(id).title = words;
    $(id).setAttribute("aria-label", words);
  }
  $("q").placeholder = WORDS.searchLabel;
  $("basis").setAttribute("aria-label", WORDS.basisOf);
  for (const [code, name] of Object.entries(LANGUAGES)) {
    const option = new Option(code.toUpperCase(), code, false, code === LANGUAGE);
    option.setAttribute("aria-label", name);
    $("language").append(option);
  }
}

function listen() {
  for (const name of BASES) {
    const button = el("button", "", WORDS.basis[name]);
    button.type = "button";
    button.dataset.basis = name;
    button.addEventListener("click", () => { basis = name; draw(); });
    $("basis").append(button);
  }
  $("camera").addEventListener("change", learn);
  $("language").addEventListener("change", () => speak($("language").value));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, select, textarea")) return;
    event.preventDefault();
    $("q").focus();
  });
}

translate();
listen();
showLine("connecting");
connection.pictures = false;
