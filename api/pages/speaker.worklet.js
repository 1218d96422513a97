// The loudspeaker: frames of 16 kHz come in, the sound card's rate goes out. The service sends in
// real time; a few frames are kept so that the network may be late, and what is too late is dropped.
const RATE = 16000;
const START = 0.06 * RATE;
const MOST = 0.5 * RATE;

class Speaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = RATE / sampleRate;
    this.frames = [];
    this.waiting = 0; // samples in all frames
    this.at = 0; // place in the first frame
    this.playing = false;
    this.value = 0;
    this.port.onmessage = ({ data }) => {
      if (data === "flush") {
        this.frames = [];
        this.waiting = this.at = 0;
        this.playing = false;
        return;
      }
      this.frames.push(data);
      this.waiting += data.length;
      while (this.waiting > MOST) this.waiting -= this.frames.shift().length;
    };
  }

  sample(place) {
    for (const frame of this.frames) {
      if (place < frame.length) return frame[place] / 32768;
      place -= frame.length;
    }
    return null;
  }

  process(_, [output]) {
    const block = output[0];
    if (!this.playing && this.waiting < START) {
      block.fill(0);
      return true;
    }
    this.playing = true;
    for (let i = 0; i < block.length; i++) {
      const whole = Math.floor(this.at);
      const here = this.sample(whole);
      if (here === null) { // nothing more has come: wait until there is a little again
        this.playing = false;
        block.fill(0, i);
        break;
      }
      const after = this.sample(whole + 1) ?? here;
      block[i] = here + (after - here) * (this.at - whole);
      this.at += this.step;
      while (this.frames.length && this.at >= this.frames[0].length) {
        const frame = this.frames.shift();
        this.at -= frame.length;
        this.waiting -= frame.length;
      }
    }
    return true;
  }
}

registerProcessor("speaker", Speaker);
