// Sends photos to the race, two at a time, and counts what became of them. Knows no page.

const AT_ONCE = 2;
const PATIENCE_MS = 900000;
// A server that has enough to do says when to come again.
const LATER = new Set([429, 503]);
const TRIES = 5;
// As many as the server tells of those that were tagged.
const MOST_TOLD = 20;

export class Sender {
  #changed;
  #waiting = [];
  #under = new Map();
  n = 0;
  done = 0;
  already = 0;
  nFailed = 0;
  /** So many of the last ones were not sent because somebody cancelled. */
  cancelled = 0;
  /** By the name that photos have in the race: that under which they were sent; null where it is alike, or not of all the same. */
  renamed = new Map();
  /** Of the newest that were there already: the name they were sent under, and that in the race. */
  there = [];
  bytes = 0;
  #sentBytes = 0;
  failed = [];

  /** `changed` is called after every change; `failed` has {file, status, told} of each failure. */
  constructor(changed) {
    this.#changed = changed;
  }

  get busy() {
    return this.#under.size + this.#waiting.length > 0;
  }

  /** Bytes that are there, with those on their way. */
  get sentBytes() {
    return [...this.#under.values()].reduce((sum, one) => sum + one.sent, this.#sentBytes);
  }

  add(files) {
    if (!this.busy) this.#begin();
    for (const file of files) {
      this.n += 1;
      this.bytes += file.size;
      this.#waiting.push(file);
    }
    this.#fill();
    this.#changed();
  }

  /** Note a photo that is not sent at all. */
  refuse(file, told) {
    this.failed.push({ file, status: null, told });
    this.#changed();
  }

  /** Those again that did not come through; what the server has refused would be refused again. */
  again() {
    const files = this.lost.map(({ file }) => file);
    this.failed = this.failed.filter((one) => one.status !== 0);
    this.add(files);
  }

  /** Those that did not come through because there was no answer. */
  get lost() {
    return this.failed.filter(({ status }) => status === 0);
  }

  /** Send nothing more; what has come stays. */
  cancel() {
    const left = this.#waiting.splice(0);
    this.cancelled += left.length;
    this.n -= left.length;
    this.bytes -= left.reduce((sum, file) => sum + file.size, 0);
    for (const under of this.#under.values()) {
      under.cancelled = true;
      under.stop();
    }
    this.#changed();
  }

  /** What was counted of the last ones is over; those that can be sent again stay. */
  #begin() {
    Object.assign(this, { n: 0, done: 0, already: 0, nFailed: 0, bytes: 0, cancelled: 0, there: [], failed: this.lost });
    this.#sentBytes = 0;
  }

  #fill() {
    while (this.#under.size < AT_ONCE && this.#waiting.length) this.#send(this.#waiting.shift());
  }

  async #send(file) {
    const under = { sent: 0, cancelled: false, stop: () => {} };
    this.#under.set(file, under);
    const answer = await this.#tried(file, under);
    this.#under.delete(file);
    if (answer.status === null) {
      // Cancelled on its way.
      this.cancelled += 1;
      this.n -= 1;
      this.bytes -= file.size;
    } else {
      this.done += 1;
      this.#sentBytes += file.size;
      if (answer.status >= 300 || answer.status === 0) {
        this.nFailed += 1;
        this.failed.push({ file, ...answer });
      } else if (answer.told !== null) this.#note(file.name, answer.told);
    }
    this.#fill();
    this.#changed();
  }

  #note(sent, { name, already }) {
    if (already) {
      this.already += 1;
      this.there = [[sent, name], ...this.there].slice(0, MOST_TOLD);
      return;
    }
    const other = bare(name) === bare(sent) ? null : sent;
    const same = !this.renamed.has(name) || this.renamed.get(name) === other;
    this.renamed.set(name, same ? other : null);
  }

  async #tried(file, under) {
    for (let left = TRIES; ; left -= 1) {
      const answer = await this.#posted(file, under);
      const seconds = answer.told?.about?.seconds;
      if (!LATER.has(answer.status) || !seconds || left === 1) return answer;
      under.sent = 0;
      if (!under.cancelled) await pause(seconds, under);
      if (under.cancelled) return { status: null };
    }
  }

  /** The answer: `status` is 0 where none came, null where it was cancelled. */
  #posted(file, under) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      under.stop = () => request.abort();
      request.upload.onprogress = ({ loaded }) => {
        under.sent = Math.min(loaded, file.size);
        this.#changed();
      };
      // From here on the race keeps it, whatever is cancelled.
      request.upload.onload = () => { under.stop = () => {}; };
      request.onload = () => done({ status: request.status, told: read(request.responseText) });
      request.onerror = () => done({ status: 0 });
      request.ontimeout = request.onerror;
      request.onabort = () => done({ status: null });
      request.open("POST", "/api/photos");
      request.timeout = PATIENCE_MS;
      request.setRequestHeader("content-type", "application/octet-stream");
      request.setRequestHeader("x-file-name", encodeURIComponent(file.name));
      request.send(file);
    });
  }
}

/** A file's name without its ending, and of that only letters and digits: by these people know it. */
function bare(name) {
  return name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}]+/gu, "").toLowerCase();
}

/** So many seconds, or until it is stopped. */
function pause(seconds, under) {
  return new Promise((go) => {
    const timer = setTimeout(go, seconds * 1000);
    under.stop = () => { clearTimeout(timer); go(); };
  });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** How fast something goes, by what was seen in the last while. */
export class Rate {
  #seen = [];
  #windowMs;

  constructor(windowMs = 20000) {
    this.#windowMs = windowMs;
  }

  /** So much is done, at a moment in milliseconds; less than before begins anew. */
  note(done, atMs) {
    if (this.#seen.length && done < this.#seen.at(-1).done) this.#seen = [];
    this.#seen.push({ done, atMs });
    while (this.#seen.length > 2 && this.#seen[1].atMs < atMs - this.#windowMs) this.#seen.shift();
  }

  /** Seconds until the rest is done; null while nobody can tell. */
  left(rest) {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    if (!first || last.done <= first.done || last.atMs <= first.atMs) return null;
    return (rest * (last.atMs - first.atMs)) / (last.done - first.done) / 1000;
  }
}
