// Requests to this gateway's own API, signed in by cookie.

const ROOT = "/api/v1";

/** What the gateway refused, in its own words. `status` 0: it did not answer at all. */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** Reads one resource. */
export const read = (path) => request("GET", path);

/** Reads the first page of a list, its entries only. */
export const readList = async (path) => (await read(path)).data;

/** Asks for a change. */
export const post = (path, body = {}) => request("POST", path, body);

/** Removes a resource. */
export const remove = (path) => request("DELETE", path);

/** The address of a streamer's resource. */
export const of = (streamer, path) => `/streamers/${encodeURIComponent(streamer)}/${path}`;

/** Where a streamer's log is streamed from, starting after a position. */
export const streamOf = (streamer, position) =>
  `${ROOT}${of(streamer, "log/stream")}?after=${encodeURIComponent(position)}`;

async function request(method, path, body) {
  // The header is the proof that a page of this origin asks: no form of another site can send it.
  const headers = method === "GET" ? {} : { "Tillbell-Request": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(ROOT + path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
  } catch {
    throw new Problem(0, "unreachable", "The gateway does not answer. Is it running?");
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer.status === 204 ? null : answer.json();
}

async function problemOf(answer) {
  const told = await answer.json().catch(() => ({}));
  return new Problem(answer.status, told.code ?? "unknown", sentence(told.detail ?? `The gateway answered ${answer.status}.`));
}

// Errors of the gateway begin in lower case and end bare, as a terminal wants them.
function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?]$/.test(begun) ? begun : `${begun}.`;
}
