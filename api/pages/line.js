// A call over the WebSocket edge, in the dialect voice122.v1 (docs/telephony.md).

import { ask, storedKey } from "./access.js";

export const RATE = 16000;
const PROTOCOL = "voice122.v1";
const RETRIES = 8;
const MOST_WAITING = RATE / 2; // bytes: a quarter of a second of sound that the network did not take

/** The service wants an API key from this browser. */
export class KeyNeeded extends Error {}

export class Line {
  /** @param on callbacks: audio, clear, state, transcript, turn, ended, lost, keyNeeded */
  constructor(on) {
    this.on = on;
    this.failures = 0;
    this.over = false;
  }

  /** Connect; a line that breaks is connected again, and the conversation goes on where it was. */
  async open() {
    const token = await this.token();
    if (this.over) return;
    const url = new URL("/v1/media/plain", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    if (token) url.searchParams.set("token", token);
    const socket = new WebSocket(url, PROTOCOL);
    socket.binaryType = "arraybuffer";
    let opened = false;
    socket.onopen = () => {
      opened = true;
      const start = { type: "start", rate: RATE };
      if (this.callId) start.call_id = this.callId;
      socket.send(JSON.stringify(start));
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.hear(JSON.parse(data));
      else this.on.audio(new Int16Array(data));
    };
    socket.onclose = ({ code }) => this.closed(code, opened);
    this.socket = socket;
  }

  /** A token for one call, where this browser has a key; none where the service needs none. */
  async token() {
    if (!storedKey()) return null;
    try {
      return (await ask("POST", "/media/tokens")).token;
    } catch (error) {
      throw error.status === 401 || error.status === 403 ? new KeyNeeded() : error;
    }
  }

  hear(message) {
    switch (message.type) {
      case "started":
        this.callId = message.call_id;
        this.failures = 0;
        this.started = true;
        break;
      case "clear":
        this.on.clear();
        break;
      case "state":
        this.on.state(message.state);
        break;
      case "transcript":
        this.on.transcript(message);
        break;
      case "turn":
        this.on.turn(message);
        break;
      case "ended":
        this.end(message.outcome, message.target);
        break;
      case "error":
        // The service has not noticed yet that the line broke: the next try may succeed.
        if (message.reason === "duplicate" && this.started) break;
        console.error("voice122:", message.reason, message.detail);
        this.end(message.reason === "overloaded" || message.reason === "draining" ? "refused" : "lost");
        break;
    }
  }

  closed(code, opened) {
    if (this.over) return;
    if (!opened && !this.started) {
      // Browsers do not tell why a handshake failed. Without a key, a key is the likely reason.
      if (!storedKey() && navigator.onLine) this.fail(new KeyNeeded());
      else this.end("lost");
      return;
    }
    if (code === 1000 || ++this.failures > RETRIES) {
      this.end("lost");
      return;
    }
    this.on.state("again");
    const wait = Math.min(3000, 500 * this.failures);
    setTimeout(() => this.over || this.open().catch((error) => this.fail(error)), wait);
  }

  fail(error) {
    if (this.over) return;
    if (error instanceof KeyNeeded) {
      this.over = true;
      this.on.keyNeeded();
    } else {
      console.error(error);
      this.end("lost");
    }
  }

  /** @param {Int16Array} frame 20 ms */
  sendAudio(frame) {
    // What the network does not take in time is lost, as on a telephone; it must not pile up.
    if (this.ready && this.socket.bufferedAmount < MOST_WAITING) this.socket.send(frame);
  }

  sendKey(key) {
    if (this.ready) this.socket.send(JSON.stringify({ type: "keys", keys: key }));
  }

  hangUp() {
    if (this.ready) this.socket.send(JSON.stringify({ type: "hangup" }));
    this.end("caller_hung_up");
  }

  get ready() {
    return this.started && this.socket?.readyState === WebSocket.OPEN;
  }

  end(outcome, target) {
    if (this.over) return;
    this.over = true;
    this.socket?.close();
    this.on.ended(outcome, target);
  }
}
