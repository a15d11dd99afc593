// What this computer is doing: the queues, the way of a tag to the page, the disk, webhooks.

import { el, icon, setText } from "./elements.js";
import { diskText } from "./format.js";
import { factsOf, numberText, sizeText } from "./status_facts.js";
import { STATUS as WORDS } from "./words.js";

const drawn = new WeakMap();

/** Draw the cards anew where something has changed. */
export function showMachine(place, status) {
  const { frames_waiting: frames, looks_waiting: looks, latency, disk, webhooks } = status;
  const told = JSON.stringify([frames, looks, latency, disk, webhooks]);
  if (drawn.get(place) === told) return;
  drawn.set(place, told);
  const cards = [queues(frames, looks), latencyCard(latency), diskCard(disk),
    ...(Array.isArray(webhooks) ? webhooks.map(webhook) : [])].filter(Boolean);
  place.replaceChildren(...cards);
  if (cards.length === 0) place.append(el("p", "quiet-text", WORDS.notRunning));
}

function card(kind, title, state, facts, note = "") {
  const element = el("article", "card");
  element.dataset.kind = kind;
  const head = el("div", "card-head");
  const words = el("p", "state");
  words.append(icon(kind === "ok" ? "confirmed" : kind), el("span", "", state));
  head.append(el("h3", "", title), words);
  const list = el("dl", "facts");
  list.append(...factsOf(facts));
  const error = el("p", "error");
  setText(error, note);
  error.hidden = note === "";
  element.append(head, error, list);
  return element;
}

function queues(frames, looks) {
  if (frames === undefined && looks === undefined) return null;
  // Looks wait in bunches as runners pass: only frames that wait are late by themselves.
  const waits = (frames ?? 0) > 2;
  return card(waits ? "waiting" : "ok", WORDS.queues, waits ? WORDS.behindState : WORDS.keepsUp, [
    ["framesWaiting", frames === undefined ? null : numberText(frames)],
    ["looksWaiting", looks === undefined ? null : numberText(looks)],
  ]);
}

function latencyCard(latency) {
  if (!latency) return null;
  const told = (ms, target) => (typeof ms === "number" ? {
    text: WORDS.target(numberText(Math.round(ms)), target), bad: ms > target,
  } : null);
  const median = told(latency.median_ms, latency.target_median_ms);
  const p95 = told(latency.p95_ms, latency.target_p95_ms);
  const slow = Boolean(median?.bad || p95?.bad);
  return card(slow ? "warning" : "ok", WORDS.latency, slow ? WORDS.slow : WORDS.prompt, [
    ["median", median],
    ["p95", p95],
    ["tags", typeof latency.tags === "number" ? numberText(latency.tags) : null],
  ]);
}

function diskCard(disk) {
  if (!disk) return null;
  const kind = disk.level === "ok" ? "ok" : "warning";
  return card(kind, WORDS.disk, WORDS.diskLevel[disk.level] ?? disk.level, [
    ["free", sizeText(disk.free_bytes)],
    ["videoSize", sizeText(disk.video_bytes)],
    ["room", disk.room_bytes ? sizeText(disk.room_bytes) : null],
  ], diskText(disk));
}

function webhook(hook) {
  const failing = Boolean(hook.error);
  return card(failing ? "warning" : "ok", `${WORDS.webhook} ${hook.host ?? ""}`,
    failing ? WORDS.failing : WORDS.delivered, [
      ["sent", known(hook.sent)], ["queued", known(hook.waiting)],
      ["dropped", known(hook.dropped)], ["failures", known(hook.failed)],
    ], hook.error ?? "");
}

function known(number) {
  return typeof number === "number" ? numberText(number) : null;
}
