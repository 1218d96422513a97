// Microphone and loudspeaker of a call: 16 kHz, frames of 20 ms.

const PASS_HZ = 7000;

/** Why there is no microphone, in words for the caller. */
export class NoMicrophone extends Error {}

export class Sound {
  /** @param {(frame: Int16Array, level: number) => void} onFrame what the microphone hears */
  constructor(onFrame) {
    this.onFrame = onFrame;
    this.muted = false;
  }

  /** Open the loudspeaker. Must follow a click: browsers keep pages silent until then. */
  async open() {
    this.context = new AudioContext({ latencyHint: "interactive" });
    await this.context.resume();
    await Promise.all(
      ["mic", "speaker"].map((name) =>
        this.context.audioWorklet.addModule(new URL(`${name}.worklet.js`, import.meta.url)),
      ),
    );
    this.speaker = new AudioWorkletNode(this.context, "speaker", { numberOfInputs: 0 });
    this.throughLowPass(this.speaker, this.context.destination);
  }

  /** Open the microphone; without one the call goes on by keys. */
  async listen() {
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new NoMicrophone(
        "Браузер даёт микрофон только защищённым страницам: откройте её по https или с этого же компьютера (localhost).",
      );
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
    } catch (error) {
      throw new NoMicrophone(
        error.name === "NotAllowedError"
          ? "Микрофон не разрешён. Разрешите его этой странице в настройках браузера (значок слева от адреса)."
          : "Микрофон не найден или занят другой программой.",
      );
    }
    const mic = new AudioWorkletNode(this.context, "mic", { numberOfOutputs: 0 });
    mic.port.onmessage = ({ data }) => {
      this.onFrame(this.muted ? new Int16Array(data.frame.length) : data.frame, this.muted ? 0 : data.level);
    };
    this.throughLowPass(this.context.createMediaStreamSource(this.stream), mic);
  }

  /** @param {Int16Array} frame 16 kHz */
  play(frame) {
    this.speaker?.port.postMessage(frame, [frame.buffer]);
  }

  /** Forget what has not sounded yet: the caller speaks. */
  flush() {
    this.speaker?.port.postMessage("flush");
  }

  close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.context = this.speaker = this.stream = undefined;
  }

  throughLowPass(from, to) {
    // Two stages of second order with the quality factors of a Butterworth filter of fourth order.
    for (const q of [0.5412, 1.3066]) {
      const Q = 20 * Math.log10(q);
      const stage = new BiquadFilterNode(this.context, { type: "lowpass", frequency: PASS_HZ, Q });
      from = from.connect(stage);
    }
    from.connect(to);
  }
}
