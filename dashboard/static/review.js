// The page of a review: shows suspicious annotations and sends what a person decides.

import { el, icon, setText } from "./elements.js";
import { LANGUAGE, LANGUAGES, speak } from "./language.js";
import { REVIEW as WORDS, fillIn, refusalText } from "./words.js";

const KEYS = { a: () => judge(chosen, true), r: () => judge(chosen, false), u: undo };
const STEPS = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: columns };

const $ = (id) => document.getElementById(id);

const tiles = [];
const history = [];
let chosen = 0;
let closed = false;
// One thing after the other, so that quick keys each meet the annotation that they were meant for.
let queue = Promise.resolve();

function inTurn(act) {
  queue = queue.then(async () => {
    if (closed) return;
    try {
      await act();
    } catch (error) {
      setText($("error"), error.message);
      $("error").hidden = false;
      $("foot").hidden = false;
    }
  });
}

async function ask(path, body) {
  const how = body === undefined ? {} : {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, how);
  } catch {
    throw new Error(WORDS.noAnswer);
  }
  const text = await answer.text();
  if (answer.status === 401) offerSignIn();
  if (!answer.ok) throw new Error(detail(text) || `${answer.status} ${answer.statusText}`);
  $("error").hidden = true;
  return JSON.parse(text);
}

/** A session that has ended: the way to a new one stands beside the message. */
function offerSignIn() {
  if ($("sign-in")) return;
  const link = el("a", "", WORDS.signIn);
  link.id = "sign-in";
  link.href = "/login";
  $("error").after(link);
}

/** What the server says is wrong, in the page's language where it has a code; or a plain sentence. */
function detail(text) {
  try {
    const told = JSON.parse(text);
    const { detail: said } = told;
    return refusalText(told) ?? (typeof said === "string" ? said : JSON.stringify(said));
  } catch {
    return text.trim();
  }
}

function choice(word, name, act) {
  const button = el("button", name);
  button.type = "button";
  button.append(icon(name), word);
  button.addEventListener("click", act);
  return button;
}

function tile(row, place) {
  const element = el("li", "annotation");
  const picture = el("div", "picture");
  const image = el("img");
  image.loading = "lazy";
  const kind = WORDS.kind[row.kind] ?? row.kind;
  image.alt = WORDS.inPicture(kind, row.picture);
  image.addEventListener("error", () => explain(picture, image.src));
  image.src = `/api/picture/${encodeURIComponent(row.id)}.jpg`;
  picture.append(image);
  const words = el("div", "words");
  const what = kind + (row.text ? WORDS.reads(row.text) : "");
  const where = row.where ? `${row.picture}, ${row.where}` : row.picture;
  const doubt = WORDS.doubt[row.doubt] ?? row.doubt;
  // Measurements of the labels, and problems, are told as the command line tells them.
  const head = el("h2", "", `${what}: ${doubt}`);
  words.append(head, english("p", row.reason), el("p", "where", where));
  const choices = el("div", "choices");
  const accept = choice(WORDS.accept, "accept", () => inTurn(() => judge(place, true)));
  const reject = choice(WORDS.reject, "reject", () => inTurn(() => judge(place, false)));
  choices.append(accept, reject);
  element.append(picture, words, choices);
  element.addEventListener("focusin", () => choose(place));
  return { row, element, accept, reject };
}

/** Says why there is no picture: an image tells only that it failed. */
async function explain(picture, address) {
  let why = WORDS.noPicture;
  try {
    const answer = await fetch(address);
    if (!answer.ok) why += `: ${detail(await answer.text())}`;
  } catch {
    why = WORDS.noAnswer;
  }
  picture.replaceChildren(el("p", "", why));
}

function show({ row, element, accept, reject }) {
  element.dataset.decision = row.accept === null ? "open" : row.accept ? "accepted" : "rejected";
  accept.setAttribute("aria-pressed", String(row.accept === true));
  reject.setAttribute("aria-pressed", String(row.accept === false));
}

function showCounts(counts) {
  setText($("progress"), WORDS.progress(counts.decided, counts.all, counts.rejected));
  $("undo").disabled = counts.decided === 0;
}

/** Only the chosen annotation is a stop of the Tab key: there may be hundreds. */
function choose(place) {
  if (tiles[chosen]) tiles[chosen].element.tabIndex = -1;
  chosen = place;
  tiles[chosen].element.tabIndex = 0;
}

function go(place) {
  if (!tiles[place]) return;
  choose(place);
  tiles[place].element.focus({ preventScroll: true });
  tiles[place].element.scrollIntoView({ block: "nearest" });
}

function columns() {
  const top = tiles[0]?.element.offsetTop;
  const n = tiles.findIndex((each) => each.element.offsetTop !== top);
  return n < 0 ? tiles.length : n;
}

async function decide(place, accept) {
  const { row } = tiles[place];
  const { counts } = await ask("/api/decide", { id: row.id, accept });
  row.accept = accept;
  show(tiles[place]);
  return counts;
}

async function judge(place, accept) {
  if (!tiles[place]) return;
  const before = tiles[place].row.accept;
  const counts = await decide(place, accept);
  history.push({ place, before });
  showCounts(counts);
  const isOpen = (each) => each.row.accept === null;
  const later = tiles.findIndex((each, n) => n > place && isOpen(each));
  const next = later < 0 ? tiles.findIndex(isOpen) : later;
  go(next < 0 ? place : next);
}

async function undo() {
  // After a reload nobody knows the last one; then the chosen one is opened again.
  const last = history.at(-1) ?? { place: chosen, before: null };
  if (!tiles[last.place]) return;
  const counts = await decide(last.place, last.before);
  history.pop();
  showCounts(counts);
  go(last.place);
}

async function finish() {
  const { written } = await ask("/api/finish", {});
  closed = true;
  $("work").hidden = true;
  $("problems").hidden = true;
  $("foot").hidden = true;
  $("done").replaceChildren(el("h3", "", WORDS.done), ...written.map((line) => english("p", line)), el("p", "", WORDS.next));
  $("done").hidden = false;
  $("done").focus();
}

function showProblems(problems) {
  $("problems").hidden = problems.length === 0;
  $("problems").open = problems.length <= 3;
  setText($("problems").querySelector("summary"), WORDS.problems(problems.length));
  $("problems").querySelector("ul").replaceChildren(...problems.map((text) => english("li", text)));
}

async function begin() {
  const told = await ask("/api/review");
  showProblems(told.problems);
  const odd = told.suspicions.length;
  setText($("about"), odd ? WORDS.about(odd, told.boxes, told.pictures) : WORDS.clean);
  for (const [place, row] of told.suspicions.entries()) tiles.push(tile(row, place));
  tiles.forEach(show);
  $("annotations").append(...tiles.map((each) => each.element));
  showCounts(told.counts);
  for (const id of ["work", "foot"]) $(id).hidden = false;
  $("judging").hidden = tiles.length === 0;
  go(Math.max(0, tiles.findIndex((each) => each.row.accept === null)));
}

/** What the program tells as its command line does. */
function english(tag, text) {
  const element = el(tag, "", text);
  element.lang = "en";
  return element;
}

function buildLanguages() {
  for (const [code, name] of Object.entries(LANGUAGES)) {
    const option = el("option", "", code.toUpperCase());
    option.value = code;
    option.lang = code;
    option.setAttribute("aria-label", name);
    option.selected = code === LANGUAGE;
    $("language").append(option);
  }
  $("language").addEventListener("change", () => speak($("language").value));
}

fillIn(document, WORDS);
document.title = `${WORDS.static.title} – finishline`;
buildLanguages();
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || closed) return;
  if (event.target.closest?.("select")) return;
  const act = KEYS[event.key.toLowerCase()];
  const step = STEPS[event.key];
  if (act && !event.repeat) inTurn(act);
  else if (step && tiles.length && !event.target.closest?.("details")) {
    event.preventDefault();
    inTurn(() => go(Math.min(Math.max(chosen + step(), 0), tiles.length - 1)));
  }
});
$("undo").addEventListener("click", () => inTurn(undo));
$("finish").addEventListener("click", () => inTurn(finish));
inTurn(begin);
