// Makes the sounds beside it, and says how loud they are: `node overlay/sounds/make.mjs`. They are computed from the
// numbers below and nothing else, so they are ours, and the same on every run.

import { writeFileSync } from "node:fs";
import { measure } from "./loudness.mjs";

const RATE = 22_050; // samples a second
const SILENCE_S = 0.25; // OBS cuts the first part of very short sounds; the strike also lands with the price tag
const LOUDNESS = -16; // LUFS, of the loudest 400 ms: what streams and broadcasters aim at
const PEAK = 0.84; // of full scale, -1.5 dB: what a short tap reaches before it is as loud as a bell
const FADE_S = 0.12; // to true silence at the end

// A small struck bell: a partial's pitch is its ratio to the strike note; the higher it is, the sooner it dies.
const BELL = [
  { ratio: 0.5, level: 0.22, decay: 0.5 },
  { ratio: 1.0, level: 1.0, decay: 0.34 },
  { ratio: 1.003, level: 0.45, decay: 0.32 }, // beats slowly with the one before: the shimmer of a real casting
  { ratio: 1.19, level: 0.28, decay: 0.26 },
  { ratio: 1.506, level: 0.22, decay: 0.2 },
  { ratio: 2.0, level: 0.5, decay: 0.18 },
  { ratio: 2.756, level: 0.3, decay: 0.1 },
  { ratio: 4.07, level: 0.18, decay: 0.05 },
  { ratio: 5.43, level: 0.1, decay: 0.03 },
];

// A bar of wood over a hollow: a bar's own ratios, all gone within a tenth of a second.
const WOOD = [
  { ratio: 0.51, level: 0.35, decay: 0.08 },
  { ratio: 1.0, level: 1.0, decay: 0.055 },
  { ratio: 2.71, level: 0.4, decay: 0.02 },
  { ratio: 5.15, level: 0.2, decay: 0.009 },
];

// A sheet taken from a pad: a few crackles, each so many seconds in, so loud, and gone so fast.
const CRACKLES = [
  { at: 0, level: 0.35, decay: 0.03 },
  { at: 0.045, level: 0.6, decay: 0.02 },
  { at: 0.08, level: 1.0, decay: 0.05 },
  { at: 0.15, level: 0.5, decay: 0.025 },
  { at: 0.19, level: 0.75, decay: 0.06 },
];

const BELL_HZ = 1_046.5; // C6
const HIGH_BELL_HZ = 1_318.5; // E6
const WOOD_HZ = 622;

const SOUNDS = {
  bell: { seconds: 0.95, parts: [struck(BELL, BELL_HZ)] },
  double: { seconds: 1.15, parts: [struck(BELL, BELL_HZ, { level: 0.8 }), struck(BELL, BELL_HZ, { at: 0.21 })] },
  tap: {
    seconds: 0.4,
    parts: [knocked(WOOD_HZ), knocked(WOOD_HZ * 1.02, { at: 0.105, level: 0.5 })],
  },
  paper: { seconds: 1.15, parts: [rustle(CRACKLES, 0.9), struck(BELL, HIGH_BELL_HZ, { at: 0.27, level: 0.8 })] },
};

// A part is a function of the seconds since the sound began. The attack is soft: no click.
function struck(partials, hz, { at = 0, level = 1, attack = 0.006 } = {}) {
  return (seconds) => {
    const since = seconds - at;
    if (since < 0) return 0;
    const tone = partials.reduce((sum, { ratio, level: part, decay }) =>
      sum + part * Math.exp(-since / decay) * Math.sin(2 * Math.PI * hz * ratio * since), 0);
    return level * tone * rise(since, attack);
  };
}

function knocked(hz, how) {
  return struck(WOOD, hz, { ...how, attack: 0.002 });
}

function rustle(crackles, level) {
  const noise = noises();
  let before = 0;
  return (seconds) => {
    const now = noise();
    const hiss = now - 0.6 * before; // thin, as paper is: less of what is deep
    before = now;
    const shape = crackles.reduce((sum, { at, level: part, decay }) =>
      sum + (seconds < at ? 0 : part * Math.exp((at - seconds) / decay) * rise(seconds - at, 0.004)), 0);
    return level * hiss * shape;
  };
}

const rise = (since, attack) => (since < attack ? 0.5 - 0.5 * Math.cos((Math.PI * since) / attack) : 1);

// Noise from -1 to 1 that is the same on every run: a linear congruential generator (Numerical Recipes' constants).
function noises() {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 31 - 1;
}

function render({ seconds, parts }) {
  const samples = Array.from({ length: Math.round(seconds * RATE) }, (_, at) => {
    const now = at / RATE;
    return parts.reduce((sum, part) => sum + part(now), 0) * Math.min(1, (seconds - now) / FADE_S);
  });
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const wanted = 10 ** ((LOUDNESS - measure(samples, RATE)) / 20);
  const gain = Math.min(wanted, PEAK / loudest);
  return [...new Array(Math.round(SILENCE_S * RATE)).fill(0), ...samples.map((sample) => sample * gain)];
}

function wav(samples) {
  const file = Buffer.alloc(44 + samples.length * 2);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + samples.length * 2, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16); // length of the format chunk
  file.writeUInt16LE(1, 20); // plain PCM
  file.writeUInt16LE(1, 22); // mono
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34); // bits a sample
  file.write("data", 36);
  file.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, at) => file.writeInt16LE(Math.round(sample * 32_767), 44 + at * 2));
  return file;
}

for (const [name, sound] of Object.entries(SOUNDS)) {
  const samples = render(sound);
  const file = wav(samples);
  writeFileSync(new URL(`${name}.wav`, import.meta.url), file);
  const peak = 20 * Math.log10(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
  console.log(`${name}: ${measure(samples, RATE).toFixed(1)} LUFS, peak ${peak.toFixed(1)} dB, ${file.length} bytes`);
}
