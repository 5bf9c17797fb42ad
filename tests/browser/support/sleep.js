// A stand-in for what Chromium does with a page that nobody sees: its timers wait until it is woken, once a minute at most,
// and its clock goes on. A socket wakes it as ever.

/** Lets the page be put to sleep. To be called before it is loaded. */
export const canSleep = (page) => page.evaluateOnNewDocument(() => {
  const timers = new Map();
  const { setTimeout: set, clearTimeout: clear } = window;
  const now = performance.now.bind(performance);
  let ahead = 0;
  let asleep = false;
  performance.now = () => now() + ahead;
  for (const [property, get] of [["hidden", () => asleep], ["visibilityState", () => (asleep ? "hidden" : "visible")]]) {
    Object.defineProperty(document, property, { get });
  }

  function ring(id) {
    const timer = timers.get(id);
    timers.delete(id);
    timer?.run();
  }

  function ringDue() {
    for (const [id, { at }] of [...timers]) if (at <= performance.now()) ring(id);
  }

  function turn(hidden) {
    asleep = hidden;
    document.dispatchEvent(new Event("visibilitychange"));
  }

  window.setTimeout = (run, ms = 0, ...given) => {
    const id = set(() => asleep || ring(id), ms);
    timers.set(id, { at: performance.now() + ms, run: () => run(...given) });
    return id;
  };
  window.clearTimeout = (id) => {
    clear(id);
    timers.delete(id);
  };
  window.sleeper = {
    sleep: () => turn(true),
    passMinute() {
      ahead += 60_000;
      ringDue();
    },
    wake() {
      turn(false);
      ringDue();
    },
  };
});

/** Nobody sees the page any more. */
export const sleep = (page) => page.evaluate("sleeper.sleep()");
/** A minute goes by for the page, at whose end its timers may run. */
export const passMinute = (page) => page.evaluate("sleeper.passMinute()");
/** The page is seen again: what its timers are late with happens now. */
export const wake = (page) => page.evaluate("sleeper.wake()");
