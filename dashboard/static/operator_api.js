// What the operator's page asks of the server and tells it.

import { OPERATOR as WORDS, refusalText } from "./words.js";

const PATIENCE_MS = 10000;

/** The server's answer; `status` is 0 where none came. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Ask, or tell where there is a `body`; throws Refused, told in the page's language. */
export async function ask(path, body, method = "POST") {
  const how = { signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body !== undefined) {
    Object.assign(how, {
      method, headers: { "content-type": "application/json" }, body: JSON.stringify(body),
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

/** What is wrong: in the page's language, a sentence, or a list of what is wrong with each value. */
function detail(text) {
  try {
    const told = JSON.parse(text);
    if (typeof told.detail === "string") return refusalText(told) ?? told.detail;
    return told.detail.map((fault) => `${fault.loc.at(-1)}: ${fault.msg}`).join("; ");
  } catch {
    return text.trim();
  }
}
