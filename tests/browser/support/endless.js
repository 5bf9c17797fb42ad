// Alert after alert on one page, faster than any gateway would send them: the page's own modules, with a socket of ours.

const WHOLE_EVERY = 20; // that often an alert has its whole, short time; the others are skipped once they have begun
const WHOLE_MS = 400;

/** Opens the overlay of `url` on a socket that nobody else has. */
export async function openEndless(browser, url) {
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(endless, WHOLE_EVERY, WHOLE_MS);
  await page.goto(url);
  await page.waitForFunction("window.endless?.open", { polling: 20 });
  return page;
}

/** Plays so many alerts, one after the other. */
export const playMany = (page, many) => page.evaluate((count) => window.endless.play(count), many);

/** What the page holds once everything that can go has gone: bytes of its heap, nodes, listeners. */
export async function held(page) {
  const devtools = await page.createCDPSession();
  await devtools.send("HeapProfiler.collectGarbage");
  await devtools.detach();
  const { JSHeapUsedSize: heap, Nodes: nodes, JSEventListeners: listeners } = await page.metrics();
  return { heap, nodes, listeners };
}

// Runs before the page's own scripts.
function endless(wholeEvery, wholeMs) {
  let wait = null;
  let played = 0;

  class Socket {
    static OPEN = 1;
    readyState = 1;
    constructor() {
      setTimeout(() => this.onopen());
    }
    send(text) {
      const frame = JSON.parse(text);
      if (frame.type === "hello") this.welcome();
      if (wait?.type === frame.type) wait.done();
    }
    close() {}
    hears(frame) {
      this.onmessage({ data: JSON.stringify(frame) });
    }
    welcome() {
      this.hears({ type: "welcome", heartbeat_ms: 600_000, overlay: { kind: "alerts" }, settings: {}, queue: {} });
      window.endless.open = true;
      window.endless.socket = this;
    }
  }

  const says = (type) => new Promise((done) => (wait = { type, done }));

  function alert(number) {
    return {
      id: `al_${number}`, kind: "sale", buyer: { name: `buyer ${number}` }, amount: { text: "€25.99" },
      items: [{ name: "Hoodie", quantity: 1, image: "bell.svg" }], message: { text: `the alert of number ${number}` },
    };
  }

  async function one() {
    played += 1;
    const { socket } = window.endless;
    const lease = `1:${played}`;
    const whole = played % wholeEvery === 0;
    const duration_ms = whole ? wholeMs : 10_000;
    const started = says("started");
    socket.hears({ type: "play", alert: alert(played), showing: 1, lease, duration_ms, expires_in_ms: 5_000, leader: true, muted: false });
    await started;
    socket.hears({ type: "noted", lease, started: true, finished: false });
    if (whole) await says("finished");
    else socket.hears({ type: "stop", lease, reason: "skipped" });
    socket.hears({ type: "noted", lease, started: true, finished: true });
    await new Promise((done) => setTimeout(done)); // what the end of one leaves behind in the page's own promises
  }

  window.WebSocket = Socket;
  window.endless = {
    async play(count) {
      for (let number = 0; number < count; number += 1) await one();
    },
  };
}
