// Live video of a camera by WebRTC, each picture with its time of capture and its runners.

import { LIVE as WORDS, refusalText } from "./words.js";

const CANDIDATES_MS = 1500;
const SILENT_MS = 12000;
const RTP_HZ = 90000;
const NS_PER_MS = 1e6;
// Half the distance of two frames: closer boxes are those of the frame itself.
const SAME_NS = 20 * NS_PER_MS;
// Boxes between those of two frames are reckoned where the two are no further apart;
const BETWEEN_NS = 400 * NS_PER_MS;
// after the last ones known, they stay so long.
const STAY_NS = 120 * NS_PER_MS;
const KEEP = 100;
// Pictures wait for their boxes: so long at first, and as long as turns out to be needed.
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 1000;

/** Times of capture (ns since 1970) of RTP times, from what the server has told. */
export class CaptureTimes {
  #told = [];

  tell(clock) {
    this.#told.unshift(clock);
    this.#told.length = Math.min(this.#told.length, 16);
  }

  /** Null where it is not known. RTP times have 32 bits and begin anew after 13 hours. */
  of(rtp) {
    for (const clock of this.#told) {
      const ticks = (rtp - clock.rtp) | 0;
      if (ticks >= 0) return clock.capture_utc_ns + (ticks / RTP_HZ) * 1e9;
    }
    return null;
  }
}

/** The runners of the last frames, asked for by time of capture. */
export class BoxTimes {
  #told = [];

  /** Time of capture of the newest boxes; minus infinity while there are none. */
  get newest() {
    return this.#told.length ? this.#told[this.#told.length - 1].capture_utc_ns : -Infinity;
  }

  tell(boxes) {
    // A file that begins anew, or a camera whose clock was set.
    if (boxes.capture_utc_ns < this.newest) this.#told = [];
    this.#told.push(boxes);
    if (this.#told.length > KEEP) this.#told.shift();
  }

  /** The boxes of the frame taken then; between two frames that were looked at, in between. */
  at(captureUtcNs) {
    const next = this.#told.findIndex((told) => told.capture_utc_ns >= captureUtcNs - SAME_NS);
    const after = this.#told[next];
    if (after && after.capture_utc_ns <= captureUtcNs + SAME_NS) return after;
    const before = next < 0 ? this.#told[this.#told.length - 1] : this.#told[next - 1];
    if (!before) return null;
    if (after && after.capture_utc_ns - before.capture_utc_ns <= BETWEEN_NS) {
      return between(before, after, captureUtcNs);
    }
    return captureUtcNs - before.capture_utc_ns <= STAY_NS ? before : null;
  }
}

function between(before, after, captureUtcNs) {
  const share = (captureUtcNs - before.capture_utc_ns) / (after.capture_utc_ns - before.capture_utc_ns);
  const later = new Map(after.boxes.map((box) => [box.track_id, box]));
  const boxes = before.boxes.filter((box) => later.has(box.track_id)).map((box) => ({
    ...box,
    box: box.box.map((edge, k) => edge + share * (later.get(box.track_id).box[k] - edge)),
  }));
  return { ...before, capture_utc_ns: captureUtcNs, boxes };
}

/**
 * One camera's live video in a video element, from `start` to `stop`.
 *
 * `onframe({captureUtcNs, width, height, boxes})` is called with every picture shown, and again
 * when its boxes come late; captureUtcNs and boxes are null where they are not known.
 * `onfailed(reason)` is called once when it cannot go on; nothing is called after `stop`.
 */
export class LiveVideo {
  static possible = typeof RTCPeerConnection === "function"
    && "requestVideoFrameCallback" in HTMLVideoElement.prototype;

  onframe = () => {};
  onfailed = () => {};
  via = null;
  #camera;
  #video;
  #connection = null;
  #receiver = null;
  #times = null;
  #boxes = null;
  #shown = null;
  #silence = null;
  #delayMs = FIRST_DELAY_MS;
  #late = 0;

  constructor(camera, video) {
    this.#camera = camera;
    this.#video = video;
  }

  async start() {
    this.stop();
    const connection = new RTCPeerConnection();
    this.#connection = connection;
    this.#times = new CaptureTimes();
    this.#boxes = new BoxTimes();
    this.#receiver = connection.addTransceiver("video", { direction: "recvonly" }).receiver;
    const channel = connection.createDataChannel("frames", { negotiated: true, id: 0 });
    channel.onmessage = (event) => this.#hear(JSON.parse(event.data));
    channel.onclose = () => this.#fail(connection, WORDS.video.lost);
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed") this.#fail(connection, WORDS.video.silent);
    };
    connection.ontrack = ({ track }) => {
      this.#video.srcObject = new MediaStream([track]);
      this.#video.play().catch(() => {});
      this.#follow(connection);
    };
    this.#listenForSilence(connection);
    try {
      await connection.setLocalDescription();
      await candidates(connection);
      const answer = await this.#ask(connection.localDescription);
      if (connection !== this.#connection) return;
      this.via = answer.via;
      await connection.setRemoteDescription(answer);
      this.#wait();
    } catch (error) {
      this.#fail(connection, error.message);
    }
  }

  stop() {
    clearTimeout(this.#silence);
    const connection = this.#connection;
    this.#connection = null;
    this.#shown = null;
    connection?.close();
    this.#video.srcObject = null;
  }

  /** Numbers of the picture stream; null before there are any. */
  async stats() {
    const report = await this.#connection?.getStats();
    for (const entry of report?.values() ?? []) {
      if (entry.type !== "inbound-rtp" || entry.kind !== "video") continue;
      const { framesDecoded, framesDropped, framesReceived, frameWidth, frameHeight } = entry;
      const { bytesReceived, packetsLost, keyFramesDecoded, decoderImplementation } = entry;
      const codec = report.get(entry.codecId)?.mimeType ?? null;
      return {
        via: this.via, delayMs: this.#delayMs, codec, framesDecoded, framesDropped, framesReceived,
        frameWidth, frameHeight, bytesReceived, packetsLost, keyFramesDecoded,
        decoderImplementation,
      };
    }
    return null;
  }

  async #ask(offer) {
    let response;
    try {
      response = await fetch(`/api/video/${encodeURIComponent(this.#camera)}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ type: offer.type, sdp: offer.sdp }),
      });
    } catch {
      throw new Error(WORDS.video.unreachable);
    }
    const told = await response.json().catch(() => ({}));
    if (!response.ok) {
      throw new Error(refusalText(told) ?? told.detail ?? WORDS.video.refused(response.status));
    }
    return told;
  }

  #follow(connection) {
    const shown = (_, frame) => {
      if (connection !== this.#connection) return;
      this.#video.requestVideoFrameCallback(shown);
      this.#listenForSilence(connection);
      const captureUtcNs = frame.rtpTimestamp === undefined ? null : this.#times.of(frame.rtpTimestamp);
      this.#shown = { captureUtcNs, width: frame.width, height: frame.height, boxes: null };
      this.#measureLateness();
      this.#draw();
    };
    this.#video.requestVideoFrameCallback(shown);
  }

  #hear(told) {
    if (told.type === "clock") this.#times.tell(told);
    if (told.type !== "boxes") return;
    this.#boxes.tell(told);
    // Boxes of the picture that is shown already.
    if (this.#shown?.boxes === null) this.#draw();
  }

  #draw() {
    if (!this.#shown) return;
    const { captureUtcNs } = this.#shown;
    this.#shown.boxes = captureUtcNs === null ? null : this.#boxes.at(captureUtcNs);
    this.onframe({ ...this.#shown });
  }

  /** Let pictures wait longer while they are shown before their boxes have come. */
  #measureLateness() {
    const { captureUtcNs } = this.#shown;
    const late = captureUtcNs === null ? 0 : (captureUtcNs - this.#boxes.newest) / NS_PER_MS;
    // Where nobody looks at the frames any more there is nothing to wait for.
    if (late <= 0 || late > LONGEST_DELAY_MS) return;
    this.#late += 1;
    if (this.#late < 10 || this.#delayMs >= LONGEST_DELAY_MS) return;
    this.#late = 0;
    this.#delayMs = Math.min(LONGEST_DELAY_MS, this.#delayMs + Math.max(20, Math.round(late / 2)));
    this.#wait();
  }

  #wait() {
    if ("jitterBufferTarget" in this.#receiver) this.#receiver.jitterBufferTarget = this.#delayMs;
  }

  #listenForSilence(connection) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      // Nothing is painted, and so nothing called, while nobody looks at the page.
      if (document.hidden) this.#listenForSilence(connection);
      else this.#fail(connection, this.#shown ? WORDS.video.still : WORDS.video.silent);
    }, SILENT_MS);
  }

  #fail(connection, reason) {
    if (connection !== this.#connection) return;
    this.stop();
    this.onfailed(reason);
  }
}

/** Wait for the addresses of this device; hosts alone are quick. */
function candidates(connection) {
  return new Promise((resolve) => {
    if (connection.iceGatheringState === "complete") resolve();
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState === "complete") resolve();
    });
    setTimeout(resolve, CANDIDATES_MS);
  });
}
