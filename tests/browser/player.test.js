// The player of the overlay page, without a page: what it leaves undrawn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPlayer } from "../../overlay/player.js";

// Hears of a play so many milliseconds after it came; whether it is drawn, and what is told of it.
function hears(late) {
  let drawn = false;
  const told = [];
  const stage = { hurry() {}, clear() {}, ready: async () => true, show: async () => (drawn = true) };
  const tells = (what) => () => told.push(what);
  const acks = { started: tells("started"), finished: tells("finished"), cut: tells("cut"), stale: tells("stale") };
  const shelf = { get() {}, set() {}, forget() {} };
  const frame = { alert: { id: "al_1", items: [] }, showing: 1, lease: "1:1", expires_in_ms: 5_000, leader: true };
  return new Promise((resolve) => {
    const idle = () => resolve({ drawn, told });
    const sound = { load: async () => null };
    createPlayer({ stage, sound, acks, drawn: shelf, silent: false, failed: tells("failed"), idle }).play(frame, performance.now() - late);
  });
}

test("a play that was not begun in its time is neither drawn nor told of", async () => {
  assert.deepEqual(await hears(0), { drawn: true, told: ["started", "finished"] });
  assert.deepEqual(await hears(5_000), { drawn: false, told: [] });
});
