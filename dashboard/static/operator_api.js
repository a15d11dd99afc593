// What the operator's page asks of the server and tells it.

import { WORDS } from "./operator_words.js";

const PATIENCE_MS = 10000;

/** The server's answer; `status` is 0 where none came. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Ask, or tell where there is a `body`; throws Refused with the server's own words. */
export async function ask(path, body) {
  const how = { signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body !== undefined) {
    Object.assign(how, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
  }
  let answer;
  let text;
  try {
    answer = await fetch(path, how);
    text = await answer.text();
  } catch {
    throw new Refused(0, body === undefined ? WORDS.outdated : WORDS.unreachable);
  }
  if (!answer.ok) throw new Refused(answer.status, detail(text) || String(answer.status));
  return JSON.parse(text);
}

/** What the server says is wrong: a sentence, or a list of what is wrong with each value. */
function detail(text) {
  try {
    const told = JSON.parse(text).detail;
    if (typeof told === "string") return told;
    return told.map((fault) => `${fault.loc.at(-1)}: ${fault.msg}`).join("; ");
  } catch {
    return text.trim();
  }
}
