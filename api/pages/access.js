// The API key of this browser: kept for this tab only, and sent only to this service.

const NAME = "voice122-key";

export const storedKey = () => sessionStorage.getItem(NAME);
export const storeKey = (key) => sessionStorage.setItem(NAME, key.trim());
export const forgetKey = () => sessionStorage.removeItem(NAME);

/** A refusal of the service: status, kind of problem, and a sentence for people. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `${status}`);
    this.status = status;
    this.kind = (problem?.type ?? "").replace("urn:voice122:", "");
  }
}

/** Ask the service; null for an empty answer. */
export async function ask(method, path, body) {
  const headers = { Authorization: `Bearer ${storedKey()}` };
  if (method !== "GET") {
    headers["Content-Type"] = "application/json";
    headers["Idempotency-Key"] = [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join("-");
  }
  const answer = await fetch(`/v1${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const document = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refusal(answer.status, document);
  return document;
}
