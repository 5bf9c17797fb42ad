// The socket: opens it, keeps it, replaces it, for ever. Knows nothing of alerts.

const FIRST_TRY_MS = 1_000; // contract §4: a random 0 to 1 s after a drop, so that a thousand pages spread out
const BACKOFF_MS = { from: 500, to: 20_000 };
const STABLE_MS = 30_000; // a link that lived this long starts the backoff anew
const REFUSED_MS = { from: 60_000, to: 120_000 }; // after a 45xx: only a person can mend it
const REFUSED_CODES = { from: 4500, to: 4599 };
const WELCOME_MS = 20_000; // a new socket without a welcome by then is given up
const MISSED_HEARTBEATS = 3;

const between = ({ from, to }) => from + Math.random() * (to - from);

/** How long to wait before try number `tries` (1 is the first after a drop), in milliseconds. */
export function backoff(tries) {
  if (tries <= 1) return Math.random() * FIRST_TRY_MS;
  return Math.random() * Math.min(BACKOFF_MS.to, BACKOFF_MS.from * 2 ** Math.min(tries - 2, 10));
}

/** How long to wait after a close with this code; `bye` is the server's last word, if it had one. */
export function pause(code, bye, tries) {
  if (code >= REFUSED_CODES.from && code <= REFUSED_CODES.to) return between(REFUSED_MS);
  const asked = bye?.retry_after_ms;
  if (!(asked > 0)) return backoff(tries);
  return asked + Math.random() * Math.max(FIRST_TRY_MS, asked / 2);
}

/**
 * A link to the gateway. `hello()` makes the first frame of each socket, `receive(frame)` gets every frame that is
 * not about the link itself. Call `open()` once.
 */
export function createLink({ url, key, hello, receive }) {
  let socket = null;
  let welcomedAt = null;
  let heardAt = 0;
  let patience = WELCOME_MS;
  let watchdog = null;
  let retry = null;
  let refused = false;
  let tries = 0;
  let bye = null;

  function open() {
    clearTimeout(retry);
    retry = null;
    bye = null;
    welcomedAt = null;
    patience = WELCOME_MS;
    heardAt = performance.now();
    const opened = new WebSocket(url, ["tillbell.v1", `tillbell.key.${key}`]);
    socket = opened;
    opened.onopen = () => opened.send(JSON.stringify({ type: "hello", ...hello() }));
    opened.onmessage = ({ data }) => socket === opened && heard(data);
    opened.onclose = ({ code }) => socket === opened && lost(code);
    watch();
  }

  function heard(data) {
    heardAt = performance.now();
    const frame = parse(data);
    if (frame?.type === "ping") return send({ type: "pong" });
    if (frame?.type === "bye") return (bye = frame);
    if (frame?.type === "welcome") {
      welcomedAt = heardAt;
      patience = MISSED_HEARTBEATS * (frame.heartbeat_ms > 0 ? frame.heartbeat_ms : WELCOME_MS);
    }
    if (frame) receive(frame, heardAt);
  }

  // How long the silence may still last, in milliseconds.
  const patient = () => heardAt + patience - performance.now();

  // One sleeping timer, not one per frame: it looks when it wakes how long the silence really was.
  function watch() {
    clearTimeout(watchdog);
    const left = patient();
    if (left > 0) return (watchdog = setTimeout(watch, left));
    drop();
  }

  function drop() {
    const silent = socket;
    lost(0);
    silent.close();
  }

  function lost(code) {
    socket = null;
    clearTimeout(watchdog);
    if (welcomedAt !== null && performance.now() - welcomedAt > STABLE_MS) tries = 0;
    welcomedAt = null;
    tries += 1;
    refused = code >= REFUSED_CODES.from && code <= REFUSED_CODES.to;
    retry = setTimeout(open, pause(code, bye, tries));
  }

  function send(frame) {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send(JSON.stringify(frame));
  }

  return {
    open,
    /** Sends a frame, if the gateway has welcomed this socket; says whether it did. */
    send(frame) {
      if (welcomedAt === null || socket?.readyState !== WebSocket.OPEN) return false;
      send(frame);
      return true;
    },
    /**
     * Somebody looks at the page again: try now, also if the link fell silent while the timers slept. A refused key is not
     * tried sooner for that.
     */
    wake() {
      if (socket && patient() <= 0) drop();
      if (retry !== null && !refused) open();
    },
  };
}

function parse(data) {
  try {
    const frame = JSON.parse(data);
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
