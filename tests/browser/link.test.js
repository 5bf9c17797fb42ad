// The link of the overlay page, without a page: when it tries again. The clock, the timers and the socket are the test's.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { backoff, createLink, pause } from "../../overlay/link.js";

const HEARTBEAT_MS = 25_000;
const HOUR_MS = 3_600_000;

let sockets, ahead;

class Socket {
  static OPEN = 1;
  readyState = 1;
  sent = [];
  constructor() {
    sockets.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text).type);
  }
  close() {
    this.readyState = 3;
  }
  hears(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }
}

beforeEach(() => {
  sockets = [];
  ahead = 0;
  globalThis.WebSocket = Socket;
  mock.restoreAll();
  mock.method(performance, "now", () => ahead);
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

function open() {
  const link = createLink({ url: "ws://gateway", key: "ovk.a.b", hello: () => ({}), receive() {} });
  link.open();
  return link;
}

function welcomed() {
  const link = open();
  sockets[0].onopen();
  sockets[0].hears({ type: "welcome", heartbeat_ms: HEARTBEAT_MS });
  return link;
}

test("woken after its timers slept over a long silence, it does not trust the old socket", () => {
  const link = welcomed();
  ahead = HOUR_MS;
  link.wake();
  assert.equal(sockets.length, 2);
  assert.equal(sockets[0].readyState, 3, "the old one is closed");
});

test("woken while it waits to try again, it tries at once", () => {
  const link = welcomed();
  sockets[0].onclose({ code: 1006 });
  assert.equal(sockets.length, 1);
  link.wake();
  assert.equal(sockets.length, 2);
});

test("woken while all is well, it does nothing, and neither with a refused key", () => {
  const link = welcomed();
  ahead = HEARTBEAT_MS;
  sockets[0].hears({ type: "ping" });
  assert.deepEqual(sockets[0].sent, ["hello", "pong"]);
  ahead += 3 * HEARTBEAT_MS - 1;
  link.wake();
  sockets[0].onclose({ code: 4500 });
  link.wake();
  assert.equal(sockets.length, 1);
});

test("three heartbeats without a word, and it opens a new socket", () => {
  welcomed();
  ahead = 3 * HEARTBEAT_MS;
  mock.timers.tick(ahead);
  mock.timers.tick(1_000);
  assert.equal(sockets.length, 2);
});

test("pauses are as long as the contract says", () => {
  for (let tries = 1; tries < 40; tries += 1) assert.ok(backoff(tries) <= (tries === 1 ? 1_000 : 20_000));
  for (const code of [4500, 4503]) assert.ok(pause(code, null, 1) >= 60_000 && pause(code, null, 1) <= 120_000);
  const asked = pause(4000, { retry_after_ms: 5_000 }, 1);
  assert.ok(asked >= 5_000 && asked <= 7_500, String(asked));
});
