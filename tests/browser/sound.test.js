// The sounds: which one an alert has, what is in the files, and that a page says truly whether it sounded.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, describe, test } from "node:test";
import { measure } from "../../overlay/sounds/loudness.mjs";
import { chooseSound } from "../../overlay/sound.js";
import { ENGINES, launch } from "./support/engines.js";
import { Gateway } from "./support/gateway.js";
import { card, openOverlay, stageEmpty } from "./support/page.js";

const NAMES = ["bell", "double", "tap", "paper"];
const WAV_HEADER = 44;

const ours = (name, volume) => ({ url: `sounds/${name}.wav`, volume });
const sale = { kind: "sale" };
const tip = { kind: "tip" };
const knock = { url: "/themes/1/assets/knock.wav", volume: 0.5 };
const own = { sound: "auto", volume: 50, theme: "mine", sounds: { mine: { tap: knock.url } } };
const bell = { sound: "bell", volume: 60 };
const quiet = { sound: "none", volume: 0 };
const CHOICES = [
  { what: "nothing was chosen", alert: sale, settings: null, is: ours("bell", 0.6) },
  { what: "a sale", alert: sale, settings: { sound: "auto", volume: 100 }, is: ours("bell", 1) },
  { what: "a tip", alert: tip, settings: {}, is: ours("tap", 0.6) },
  { what: "a subscription", alert: { kind: "subscription" }, settings: {}, is: ours("paper", 0.6) },
  { what: "a renewal", alert: { kind: "renewal" }, settings: {}, is: ours("paper", 0.6) },
  { what: "several tips", alert: { kind: "combo", members: [tip] }, settings: {}, is: ours("tap", 0.6) },
  { what: "a digest", alert: { kind: "digest", members: [tip] }, settings: {}, is: ours("bell", 0.6) },
  { what: "a sound for all", alert: tip, settings: { sound: "double", volume: 7 }, is: ours("double", 0.07) },
  { what: "no sound for all", alert: sale, settings: { sound: "none", volume: 60 }, is: null },
  { what: "no volume", alert: sale, settings: { sound: "bell", volume: 0 }, is: null },
  { what: "a rule against it", alert: sale, look: { sound: "none" }, settings: bell, is: null },
  { what: "a rule that asks for it", alert: sale, look: { sound: "tap", volume: 9 }, settings: quiet, is: ours("tap", 0.09) },
  { what: "a rule's auto", alert: tip, look: { sound: "auto" }, settings: bell, is: ours("tap", 0.6) },
  { what: "a theme with a sound of its own", alert: tip, settings: own, is: knock },
  { what: "what such a theme leaves as it is", alert: sale, settings: own, is: ours("bell", 0.5) },
  { what: "a theme's sound by a rule", alert: sale, look: { sound: "tap" }, settings: own, is: knock },
  { what: "another theme by a rule", alert: tip, look: { theme: "clean" }, settings: own, is: ours("tap", 0.5) },
  { what: "a theme without one", alert: tip, look: { theme: "plain" }, settings: own, is: ours("tap", 0.5) },
  { what: "a sound by a rule", alert: tip, look: { sound: "bell" }, settings: own, is: ours("bell", 0.5) },
  { what: "a volume that is too much", alert: sale, look: { volume: 300 }, settings: {}, is: ours("bell", 1) },
];

for (const { what, alert, look, settings, is } of CHOICES) {
  test(`the sound with ${what}`, () => assert.deepEqual(chooseSound({ alert, look }, settings), is));
}

function samplesOf(name) {
  const file = readFileSync(new URL(`../../overlay/sounds/${name}.wav`, import.meta.url));
  const rate = file.readUInt32LE(24);
  const count = (file.length - WAV_HEADER) / 2;
  const samples = Array.from({ length: count }, (_, at) => file.readInt16LE(WAV_HEADER + at * 2) / 32_768);
  return { rate, samples, bytes: file.length };
}

const loudest = (samples) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

for (const name of NAMES) {
  test(`${name} begins with silence, rises softly, is as loud as the others and small`, () => {
    const { rate, samples, bytes } = samplesOf(name);
    const first = samples.findIndex((sample) => sample !== 0) / rate;
    assert.ok(first >= 0.25 && first < 0.26, `it begins after ${first} s`);
    const peak = loudest(samples);
    assert.ok(peak < 0.85, `it is ${peak} of full scale`);
    assert.equal(samples.at(-1), 0, "it ends in silence");
    const start = loudest(samples.slice(0, Math.round((first + 0.001) * rate)));
    assert.ok(start < 0.5 * peak, `in its first millisecond it reaches ${start}`);
    const loudness = measure(samples, rate);
    assert.ok(loudness > -19 && loudness < -15, `${loudness} LUFS`);
    assert.ok(bytes < 64 * 1024, `${bytes} bytes`);
  });
}

test("loudness is measured as the standard does: a full 997 Hz tone is -3.01 LUFS", () => {
  const tone = Array.from({ length: 48_000 }, (_, at) => Math.sin((2 * Math.PI * 997 * at) / 48_000));
  assert.ok(Math.abs(measure(tone, 48_000) + 3.01) < 0.02, String(measure(tone, 48_000)));
});

// Runs in each document before the page's own scripts: notes each sound that is played, by the file it came from.
function noteSounds() {
  window.sounds = [];
  const files = new Map();
  const { createObjectURL } = URL;
  const blobs = new WeakMap();
  const { blob } = Response.prototype;
  Response.prototype.blob = async function () {
    const made = await blob.call(this);
    blobs.set(made, new URL(this.url).pathname);
    return made;
  };
  URL.createObjectURL = (object) => {
    const url = createObjectURL(object);
    files.set(url, blobs.get(object));
    return url;
  };
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    window.sounds.push({ file: files.get(this.src), volume: this.volume });
    return play.call(this);
  };
}

// Runs likewise: there is a player, but nothing takes what it plays, as when OBS has lost the sound device.
function loseDevice() {
  Object.defineProperty(HTMLMediaElement.prototype, "currentTime", { get: () => 0 });
}

for (const engine of ENGINES.filter(({ name }) => name !== "current")) {
  describe(engine.name, () => {
    let browser, gateway;

    before(async () => {
      browser = await launch(engine);
      gateway = await Gateway.start();
      await gateway.api("PATCH", "/streamers/me", { duration: "3s" });
    });
    after(async () => {
      await browser?.close();
      await gateway?.end();
    });
    beforeEach(() => gateway.api("PATCH", "/streamers/me", { sound: "auto", volume: 60, rules: [] }));

    async function open(...scripts) {
      const page = await openOverlay(browser, gateway.overlay, undefined, async (fresh) => {
        for (const script of scripts) await fresh.evaluateOnNewDocument(script);
      });
      await gateway.connected(1);
      return page;
    }

    // Plays one alert; the proof says whether it sounded.
    async function plays(page) {
      const id = await gateway.testAlert();
      await card(page);
      await stageEmpty(page);
      const { state, proof } = await gateway.ended(id);
      assert.equal(state, "shown");
      return proof.audio;
    }

    test("each sound is heard, as loud as was chosen, and a change needs no reload", async () => {
      const page = await open(noteSounds);
      const heard = [];
      for (const [at, sound] of NAMES.entries()) {
        const volume = 100 - 30 * at;
        await gateway.api("PATCH", "/streamers/me", { sound, volume });
        assert.equal(await plays(page), true, sound);
        heard.push({ file: `/overlay/sounds/${sound}.wav`, volume: volume / 100 });
      }
      const noted = await page.evaluate("window.sounds");
      assert.deepEqual(noted.map(({ file, volume }) => ({ file, volume: Math.round(volume * 100) / 100 })), heard);
      for (const silence of [{ sound: "none" }, { sound: "bell", volume: 0 }]) {
        await gateway.api("PATCH", "/streamers/me", silence);
        assert.equal(await plays(page), false);
      }
      assert.equal((await page.evaluate("window.sounds")).length, heard.length);
      assert.deepEqual(page.complaints, []);
      await page.close();
    });

    test("a rule's sound and volume win", async () => {
      const page = await open(noteSounds);
      await gateway.api("PATCH", "/streamers/me", { sound: "none", rules: [{ then: { sound: "double", volume: 25 } }] });
      assert.equal(await plays(page), true);
      assert.deepEqual(await page.evaluate("window.sounds"), [{ file: "/overlay/sounds/double.wav", volume: 0.25 }]);
      await page.close();
    });

    test("a sound that nothing takes is not said to be heard", async () => {
      const page = await open(loseDevice);
      assert.equal(await plays(page), false);
      await page.close();
    });
  });
}
