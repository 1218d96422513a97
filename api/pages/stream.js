// The stream of events, with the key in a header, which the browser's EventSource cannot send.

import { Refusal, storedKey } from "./access.js";

const SILENCE_MS = 45000; // three heartbeats missed: the connection is dead

/** Follow events until `signal` aborts; a broken stream goes on where it broke off. */
export async function follow(onEvent, onState, signal) {
  let place = null;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await once(place, (event) => {
        if (event.id) place = event.id;
        failures = 0;
        if (event.data) onEvent(JSON.parse(event.data));
      }, () => onState(true), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal && error.status < 500 && error.status !== 429) throw error;
    }
    onState(false);
    failures += 1;
    await new Promise((resolve) => setTimeout(resolve, Math.min(10000, 500 * 2 ** failures)));
  }
}

async function once(place, onEvent, onOpen, signal) {
  const headers = { Authorization: `Bearer ${storedKey()}`, Accept: "text/event-stream" };
  if (place) headers["Last-Event-ID"] = place;
  const dead = new AbortController();
  let alarm;
  const alive = () => {
    clearTimeout(alarm);
    alarm = setTimeout(() => dead.abort(), SILENCE_MS);
  };
  alive();
  try {
    const answer = await fetch("/v1/events/stream", {
      headers,
      cache: "no-store",
      signal: AbortSignal.any([signal, dead.signal]),
    });
    if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => null));
    onOpen();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      blocks.map(parsed).forEach(onEvent);
    }
  } finally {
    clearTimeout(alarm);
  }
}

function parsed(block) {
  const event = {};
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at > 0) event[line.slice(0, at)] = line.slice(at + 1).trimStart();
  }
  return event;
}
