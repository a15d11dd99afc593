// Times, names and figures as text.

import { LANGUAGE } from "./language.js";
import { LIVE as WORDS } from "./words.js";

// Anything earlier is no date but the running time of a file without a start time.
const A_YEAR_NS = 365 * 86400 * 1e9;

const pad = (number) => String(number).padStart(2, "0");

const clocks = new Map();

function clock(zone, tenths) {
  const key = `${zone}/${tenths}`;
  if (!clocks.has(key)) {
    clocks.set(key, new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
      fractionalSecondDigits: tenths ? 1 : undefined, timeZone: zone || undefined,
    }));
  }
  return clocks.get(key);
}

/** Time of day in the race's zone, to a tenth; running time for a file that has no date. */
export function timeText(utcNs, zone, tenths = true) {
  if (utcNs === null || utcNs === undefined) return "";
  if (utcNs >= A_YEAR_NS) return clock(zone, tenths).format(new Date(utcNs / 1e6));
  return durationText(utcNs, tenths);
}

/** Day and month in the race's zone, as the page's language writes them; empty without a date. */
export function dayText(utcNs, zone) {
  if (utcNs < A_YEAR_NS) return "";
  const how = { day: "numeric", month: "short", timeZone: zone || undefined };
  return new Date(utcNs / 1e6).toLocaleDateString(LANGUAGE === "en" ? "en-GB" : LANGUAGE, how);
}

/** Hours, minutes and seconds, to a tenth where it is wanted; what is left of one is cut off. */
export function durationText(ns, tenths = true) {
  const all = Math.floor(ns / 1e8);
  const seconds = Math.floor(all / 10);
  const text = `${Math.floor(seconds / 3600)}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return tenths ? `${text}.${all % 10}` : text;
}

/** A probability, rounded down: nothing that a camera saw is ever 100 %. */
export function sureText(probability) {
  if (probability === null || probability === undefined) return "";
  if (probability >= 0.999) return "> 99.9 %";
  return `${decimalText(Math.floor(probability * 1000) / 10)} %`;
}

const decimals = new Intl.NumberFormat(LANGUAGE, {
  minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false,
});

/** A number with one decimal, as the page's language writes it. */
export function decimalText(number) {
  return decimals.format(number);
}

const CAMERA_STATES = [
  [/^(opening|playing|ended|closed|recording)$/, ([, state]) => WORDS.cameraState[state]],
  [/^waiting for a key frame$/, () => WORDS.cameraState.keyFrame],
  [/^reconnecting in ([\d.]+) s: (.*)$/s,
    ([, wait, why]) => WORDS.cameraState.reconnecting(wait, why)],
  [/^recording stopped: (.*)$/s, ([, why]) => WORDS.cameraState.recordingStopped(why)],
  [/^not recorded: (.*)$/s, ([, why]) => WORDS.cameraState.notRecorded(why)],
];

/** A camera's or a recording's state, told in English, in the page's language where it is known. */
export function stateText(told) {
  for (const [pattern, say] of CAMERA_STATES) {
    const found = pattern.exec(told ?? "");
    if (found) return say(found);
  }
  return told;
}

/** What the disk's state means for the recording; empty while there is room. */
export function diskText(disk) {
  if (!disk || disk.level === "ok") return "";
  return disk.level === "full" ? WORDS.disk.full(sizeText(disk.free_bytes))
    : WORDS.disk.tight(sizeText(disk.room_bytes));
}

function sizeText(bytes) {
  return bytes >= 1e9 ? `${decimalText(bytes / 1e9)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/** A time zone that this browser knows, or null for the viewer's own. */
export function knownZone(zone) {
  if (!zone) return null;
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return zone;
  } catch {
    return null;
  }
}
