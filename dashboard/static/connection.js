// The line to the server: connects, listens, and after a break goes on where it was.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
// The server gives a sign of life every two seconds.
const SILENCE_MS = 7000;
// Why the server ends a line: nobody is signed in, the role is too low, too many viewers.
const SIGN_IN = new Set([4401, 4403]);
const FULL = 1013;

export class Connection {
  #heard;
  #socket = null;
  #seq = null;
  #server = null;
  #pictures = true;
  #without = [];
  #failures = 0;
  #retry = null;
  #watch = null;
  #preview = null;

  /**
   * `heard` has functions line(state, waitMs), hello, snapshot, event, preview(told, jpeg), beat,
   * clock where it asks for the time, and photos where it wants news of their tagging.
   */
  constructor(heard) {
    this.#heard = heard;
    window.addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#hurry();
    });
  }

  open() {
    clearTimeout(this.#retry);
    this.#retry = null;
    this.#heard.line("connecting");
    const socket = new WebSocket(this.#address());
    socket.binaryType = "blob";
    this.#socket = socket;
    this.#preview = null;
    // Handlers of a line that was given up must not touch the one that replaced it.
    const mine = (handle) => (event) => { if (socket === this.#socket) handle(event); };
    socket.onmessage = mine((event) => this.#receive(event.data));
    socket.onclose = mine((event) => this.#lost(event.code));
    this.#listenForSilence();
  }

  /** Whether pictures are wanted; takes a new line, events go on without a gap. */
  set pictures(wanted) {
    this.#pictures = wanted;
    this.#drop();
    this.open();
  }

  /** Cameras of which no pictures are wanted for now. */
  without(cameras) {
    this.#without = cameras;
    this.say({ type: "pictures", without: cameras });
  }

  /** A preview has been drawn: the server may send the next. */
  shown() {
    this.say({ type: "shown" });
  }

  /** Send a message; without a line it is lost. */
  say(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #address() {
    const address = new URL("/ws", window.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    if (this.#seq !== null) {
      address.searchParams.set("after", this.#seq);
      address.searchParams.set("server", this.#server);
    }
    if (!this.#pictures) address.searchParams.set("previews", "0");
    if (this.#heard.photos) address.searchParams.set("photos", "1");
    return address;
  }

  #receive(data) {
    this.#listenForSilence();
    if (typeof data !== "string") {
      const preview = this.#preview;
      this.#preview = null;
      if (preview) this.#heard.preview(preview, data);
      return;
    }
    const told = JSON.parse(data);
    if (told.type === "preview") this.#preview = told;
    else if (told.type === "hello") this.#greeted(told);
    else if (told.type === "snapshot") this.#renewed(told);
    else if (told.type === "beat") this.#heard.beat(told);
    else if (told.type === "clock") this.#heard.clock?.(told);
    else if (told.type === "photos") this.#heard.photos?.(told);
    else if (typeof told.seq === "number") this.#happened(told);
  }

  #greeted(hello) {
    this.#failures = 0;
    this.#server = hello.server;
    // Until the snapshot is here there is nothing to go on from.
    if (!hello.resumed) this.#seq = null;
    if (this.#without.length) this.without(this.#without);
    this.#heard.line("live");
    this.#heard.hello(hello);
  }

  #renewed(snapshot) {
    this.#seq = snapshot.seq;
    this.#heard.snapshot(snapshot);
  }

  #happened(event) {
    if (this.#seq !== null && event.seq <= this.#seq) return;
    this.#seq = event.seq;
    this.#heard.event(event);
  }

  #listenForSilence() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => { this.#drop(); this.#lost(); }, SILENCE_MS);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#watch);
    socket?.close();
  }

  #lost(code = 0) {
    clearTimeout(this.#watch);
    this.#socket = null;
    if (SIGN_IN.has(code)) {
      // Asking again would not help: a person must sign in.
      this.#heard.line("signIn");
      return;
    }
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 1.7 ** this.#failures);
    this.#failures += 1;
    // Many pages come back after a restart: spread them out.
    const spread = wait * (0.75 + Math.random() / 2);
    this.#heard.line(code === FULL ? "full" : "waiting", spread);
    this.#retry = setTimeout(() => this.open(), spread);
  }

  #hurry() {
    if (this.#retry !== null) this.open();
  }
}
