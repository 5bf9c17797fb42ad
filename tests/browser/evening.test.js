// What the live page decides by itself, without a browser: sums of money, and which sources are missed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Channel } from "../../static/channel.js";
import { gather } from "../../static/gather.js";
import { Sources, sourceWarnings } from "../../static/sources.js";
import { sumOf } from "../../static/words.js";

const source = (more) => ({
  id: "con_1", kind: "alerts", mode: "live", overlay: { id: "ovl_1", name: "main" }, obs: "32.2.2", remote: "10.0.0.2",
  active: null, visible: null, muted: false, ...more,
});
const titles = (connections, sources = new Sources(), now = 0) => sourceWarnings(connections, sources, now).map(({ title }) => title);

describe("the evening", () => {
  test("amounts are added up to the minor unit, each currency with its own decimals", () => {
    const euros = { currency: "EUR", decimal: "0.10" };
    assert.deepEqual(sumOf([{ ...euros, minor: 10 }, { ...euros, minor: 20 }, { currency: "JPY", decimal: "1000", minor: 1000 }]), ["€0.30", "¥1,000"]);
    assert.deepEqual(sumOf([{ currency: "KWD", decimal: "1.234", minor: 1234 }]).map((text) => text.replace(/\s/, " ")), ["KWD 1.234"]);
    // More than a float can hold exactly.
    assert.deepEqual(sumOf([{ ...euros, minor: 9_007_199_254_740_991 }, { ...euros, minor: 2 }]), ["€90,071,992,547,409.93"]);
    assert.deepEqual(sumOf([]), []);
  });

  test("a source that reloads has not vanished; one that stays away has, until somebody knows", () => {
    const sources = new Sources();
    sources.look([source()], 0);
    sources.look([], 1_000);
    assert.deepEqual(titles([], sources, 5_000), []);
    assert.equal(sources.next(5_000), 4_000);
    sources.look([source({ id: "con_2" })], 6_000);
    assert.deepEqual(titles([source({ id: "con_2" })], sources, 60_000), [], "the same place, another connection");
    sources.look([], 70_000);
    assert.match(titles([], sources, 78_000).join(), /^main vanished at \d\d:\d\d:\d\d$/);
    sourceWarnings([], sources, 78_000)[0].dismiss();
    assert.deepEqual(titles([], sources, 90_000), []);
  });

  test("two could ring only if neither is silent, asleep or a preview", () => {
    const other = (more) => [source(), source({ id: "con_2", remote: "10.0.0.3", ...more })];
    assert.deepEqual(titles(other({})), ["2 sources could ring"]);
    for (const quiet of [{ muted: true }, { mode: "preview" }, { kind: "goal" }]) assert.deepEqual(titles(other(quiet)), []);
    assert.deepEqual(titles(other({ active: false })), ["main is not on stream"]);
    assert.deepEqual(titles([source({ obs: "27.2.4" })]), ["OBS 27.2.4 is too old"]);
    assert.deepEqual(titles([source({ obs: null })]), []);
  });

  test("a long evening keeps the newest alerts, and the cursor of what it let go", async (t) => {
    const id = (n) => `al_${String(n).padStart(8, "0")}`;
    const alert = (n) => ({ id: id(n), state: "shown" });
    const answers = (path) => {
      if (path.includes("/alerts/")) return alert(Number(/al_(\d+)/.exec(path)[1]));
      if (path.endsWith("/queue")) return { position: "e:0" };
      if (path.includes("state=held") || path.includes("missed=true") || path.includes("/connections")) return { data: [] };
      return { data: [], next: null };
    };
    t.mock.method(globalThis, "fetch", async (path) => ({ ok: true, status: 200, json: async () => answers(path) }));
    const channel = new Channel("me");
    for (let n = 1; n <= 600; n += 1) await channel.replay(id(n));
    assert.ok(channel.alerts.length < 250, `${channel.alerts.length} are kept`);
    assert.equal(channel.alerts[0].id, id(600));
    assert.equal(channel.older, channel.alerts.map((one) => one.id).sort()[0]);
    channel.close();
  });

  test("a burst is read once, one that never ends is read all the same, and a slow read is given a rest", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let clock = 0;
    t.mock.method(performance, "now", () => clock);
    let reads = 0;
    const { soon, stop } = gather(async () => {
      reads += 1;
      clock += reads === 2 ? 100 : 1;
    });
    const during = async (ms) => {
      for (let passed = 0; passed < ms; passed += 100) {
        soon();
        t.mock.timers.tick(100);
        await new Promise(setImmediate);
      }
      return reads;
    };
    assert.equal(await during(500), 1);
    assert.equal(await during(500), 2);
    assert.equal(await during(1_900), 2, "twenty times as long as it took");
    assert.equal(await during(100), 3);
    soon();
    stop();
    t.mock.timers.tick(60_000);
    assert.equal(reads, 3);
  });
});
