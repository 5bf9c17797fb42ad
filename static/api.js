// Requests to this gateway's own API, signed in by cookie.

const ROOT = "/api/v1";

/** What the gateway refused, in its own words. `status` 0: it did not answer at all. */
export class Problem extends Error {
  /** `more` is all that the answer tells: where there is one, `field` is the field at fault, like "rules[0].then.theme". */
  constructor(status, code, detail, more = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

/** Reads one resource. */
export const read = (path) => request("GET", path);

/** Reads the first page of a list, its entries only. */
export const readList = async (path) => (await read(path)).data;

/** The streamers of who is signed in: all, or the one that their key is of. */
export const streamersOf = async ({ streamer }) =>
  streamer ? [await read(`/streamers/${encodeURIComponent(streamer)}`)] : readList("/streamers");

/** Asks for a change. */
export const post = (path, body = {}) => request("POST", path, body);

/** Changes what `body` names; with `edition`, only if nobody has changed it since that was read. */
export const patch = (path, body, edition) => request("PATCH", path, body, edition && { "If-Match": `"${edition}"` });

/** Gives the gateway a file. */
export const upload = (path, file, type) => send("POST", path, file, { "Content-Type": type });

/** Removes a resource. */
export const remove = (path) => request("DELETE", path);

/** The address of a streamer's resource. */
export const of = (streamer, path) => `/streamers/${encodeURIComponent(streamer)}/${path}`;

/** Where a streamer's log is streamed from, starting after a position. */
export const streamOf = (streamer, position) =>
  `${ROOT}${of(streamer, "log/stream")}?after=${encodeURIComponent(position)}`;

async function request(method, path, body, more = {}) {
  const json = body !== undefined && { "Content-Type": "application/json" };
  return send(method, path, body && JSON.stringify(body), { ...json, ...more });
}

async function send(method, path, body, more) {
  // The header is the proof that a page of this origin asks: no form of another site can send it.
  const headers = method === "GET" ? more : { "Tillbell-Request": "1", ...more };
  let answer;
  try {
    answer = await fetch(ROOT + path, { method, headers, body, cache: "no-store" });
  } catch {
    throw new Problem(0, "unreachable", "The gateway does not answer. Is it running?");
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer.status === 204 ? null : answer.json();
}

async function problemOf(answer) {
  const told = await answer.json().catch(() => ({}));
  const detail = sentence(told.detail ?? `The gateway answered ${answer.status}.`);
  return new Problem(answer.status, told.code ?? "unknown", detail, told);
}

// Errors of the gateway begin in lower case and end bare, as a terminal wants them.
function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?]$/.test(begun) ? begun : `${begun}.`;
}
