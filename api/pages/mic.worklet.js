// The microphone: from the sound card's rate to frames of 20 ms, 16 kHz, 16-bit, and their level.
// A low-pass filter stands before this node, so that linear interpolation folds nothing back.
const RATE = 16000;
const FRAME = RATE / 50;

class Mic extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE;
    this.next = 0; // where the next sample lies, counted from the start of this block
    this.last = 0;
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
  }

  process([input]) {
    const block = input[0];
    if (!block) return true;
    for (; this.next < block.length; this.next += this.step) {
      const at = Math.floor(this.next);
      const part = this.next - at;
      const before = at === 0 ? this.last : block[at - 1];
      const value = before + (block[at] - before) * part;
      this.frame[this.filled++] = Math.max(-1, Math.min(1, value)) * 32767;
      if (this.filled === FRAME) this.flush();
    }
    this.next -= block.length;
    this.last = block[block.length - 1];
    return true;
  }

  flush() {
    let power = 0;
    for (const value of this.frame) power += value * value;
    const frame = this.frame;
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.port.postMessage({ frame, level: Math.sqrt(power / FRAME) / 32768 }, [frame.buffer]);
  }
}

registerProcessor("mic", Mic);
