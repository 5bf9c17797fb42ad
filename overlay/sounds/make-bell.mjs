// Makes ../bell.wav, the overlay's sound: `node overlay/sounds/make-bell.mjs`. It is computed from the numbers below and
// nothing else, so the sound is ours, and the same on every run.

import { writeFileSync } from "node:fs";

const RATE = 22_050; // samples a second
const SILENCE_S = 0.25; // OBS cuts the first part of very short sounds; the strike also lands with the price tag
const RING_S = 0.95;
const ATTACK_S = 0.006; // soft: no click
const FADE_S = 0.12; // to true silence at the end
const PEAK = 0.6; // of full scale, far from clipping

// A small struck bell: a partial's pitch is its ratio to the strike note; the higher it is, the sooner it dies.
const STRIKE_HZ = 1_046.5; // C6
const PARTIALS = [
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

function ring(seconds) {
  const tone = PARTIALS.reduce((sum, { ratio, level, decay }) =>
    sum + level * Math.exp(-seconds / decay) * Math.sin(2 * Math.PI * STRIKE_HZ * ratio * seconds), 0);
  const attack = seconds < ATTACK_S ? 0.5 - 0.5 * Math.cos((Math.PI * seconds) / ATTACK_S) : 1;
  const fade = Math.min(1, (RING_S - seconds) / FADE_S);
  return tone * attack * fade;
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

const silence = new Array(Math.round(SILENCE_S * RATE)).fill(0);
const strike = Array.from({ length: Math.round(RING_S * RATE) }, (_, at) => ring(at / RATE));
const loudest = strike.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
const samples = [...silence, ...strike.map((sample) => (sample / loudest) * PEAK)];
writeFileSync(new URL("../bell.wav", import.meta.url), wav(samples));
