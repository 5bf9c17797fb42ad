// What this page owes the gateway: every `started` and `finished` until the gateway says it is written down.
// Kept across reloads, because streamers reload overlays with every scene change.

const KEPT = 64; // contract §4

/** A small JSON value in sessionStorage, which may be missing or full: then the page lives by its memory alone. */
export function createShelf(name) {
  return {
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(name)) ?? [];
      } catch {
        return [];
      }
    },
    write(value) {
      try {
        sessionStorage.setItem(name, JSON.stringify(value));
      } catch {
        // Nothing to do about it, and nobody to tell: this page is on stream.
      }
    },
  };
}

/** The acknowledgements, newest 64. `send(frame)` says whether the frame went out. */
export function createAcks(shelf, send) {
  const owed = new Map();
  for (const ack of shelf.read()) {
    // A drawing that was on the stage when the page went away has been cut off, and nobody can finish it.
    owed.set(ack.lease, { ...ack, lost: ack.lost || (ack.drawing && !ack.finished), drawing: false });
  }

  function keep() {
    for (const lease of owed.keys()) {
      if (owed.size <= KEPT) break;
      owed.delete(lease);
    }
    shelf.write([...owed.values()].map(({ sent, ...ack }) => ack));
  }

  function flush(ack) {
    const { alert_id, lease } = ack;
    ack.sent ??= {};
    if (ack.started && !ack.sent.started) ack.sent.started = send({ type: "started", alert_id, lease, audio: ack.audio });
    if (ack.finished && !ack.sent.finished) ack.sent.finished = send({ type: "finished", alert_id, lease });
  }

  function settled(ack) {
    return !ack.drawing && (!ack.started || ack.noted) && !ack.finished;
  }

  return {
    /** The drawing is on the stage. `drawing` is false when it had been there before this lease was given. */
    started({ alert_id, lease }, { audio, drawing }) {
      const ack = { alert_id, lease, started: true, finished: false, audio, drawing };
      owed.set(lease, ack);
      flush(ack);
      keep();
    },
    /** The stage is empty again. */
    finished(lease) {
      const ack = owed.get(lease);
      if (!ack) return;
      ack.drawing = false;
      ack.finished = true;
      flush(ack);
      keep();
    },
    /** The drawing was taken away: there will be no `finished`. */
    cut(lease) {
      const ack = owed.get(lease);
      if (!ack) return;
      ack.drawing = false;
      if (settled(ack)) owed.delete(lease);
      keep();
    },
    /** The gateway has written down what it names; what came after that is still owed. */
    noted({ lease, finished }) {
      const ack = owed.get(lease);
      if (!ack) return;
      ack.noted = true;
      if (finished || settled(ack)) owed.delete(lease);
      keep();
    },
    /** Another play has begun since: nobody waits for this lease any more. */
    stale(lease) {
      if (owed.delete(lease)) keep();
    },
    /** For a hello: all that is owed, taken as sent on the new socket. */
    forHello() {
      return [...owed.values()].map((ack) => {
        ack.sent = { started: ack.started, finished: ack.finished };
        const { alert_id, lease, started, finished, lost } = ack;
        return { alert_id, lease, started, finished, ...(lost && { lost }) };
      });
    },
    /** After a welcome: what came up between the hello and now. */
    flush() {
      for (const ack of owed.values()) flush(ack);
    },
  };
}

/** The last 64 showings this page began to draw, and how each went: "drawing", "ended" or "cut". */
export function createDrawn(shelf) {
  const drawn = new Map(shelf.read());
  for (const [showing, how] of drawn) if (how === "drawing") drawn.set(showing, "cut");

  return {
    get: (showing) => drawn.get(showing),
    set(showing, how) {
      drawn.set(showing, how);
      if (drawn.size > KEPT) drawn.delete(drawn.keys().next().value);
      shelf.write([...drawn]);
    },
    forget(showing) {
      if (drawn.delete(showing)) shelf.write([...drawn]);
    },
  };
}
