// What may be behind an overlay, drawn by us: a light game, a dark one, a busy one.

import { readFileSync } from "node:fs";

const svg = (shapes) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1920 1080" width="1920" height="1080">${shapes}</svg>`;

// The same every time: a sheet whose picture changes by itself could not be compared.
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

function snow() {
  const at = numbers(7);
  const next = () => at.next().value;
  let shapes = '<path fill="#e8f1f6" d="M0 0h1920v1080H0z"/><circle cx="1480" cy="210" r="120" fill="#fffaf0"/>';
  shapes += '<path fill="#c9dce6" d="M0 560 300 380 620 560 930 330 1290 590 1580 420 1920 560v520H0z"/>';
  shapes += '<path fill="#f7fbfd" d="M0 760q480-130 960-30t960-60v410H0z"/><path fill="#d9e8ef" d="M0 900q520-90 1020-10t900-40v230H0z"/>';
  for (let tree = 0; tree < 16; tree += 1) {
    const [x, y, size] = [next() * 1920, 700 + next() * 260, 40 + next() * 60];
    shapes += `<path fill="#7fa6a0" d="M${x} ${y - size * 2}l${size * 0.7} ${size * 2}h${-size * 1.4}z"/>`;
  }
  return svg(shapes);
}

function cave() {
  const at = numbers(11);
  const next = () => at.next().value;
  let shapes = '<path fill="#0c1018" d="M0 0h1920v1080H0z"/><path fill="#151b27" d="M0 1080V520l260-150 240 210 300-330 340 300 260-190 300 240 220-130v610z"/>';
  shapes += '<path fill="#090c12" d="M0 0h1920v120l-180 160-160-130-210 190-240-220-250 170-220-140-240 210-200-150L0 330z"/><path fill="#1e2a35" d="M0 1080V880q520-120 980-20t940-60v280z"/>';
  for (let lamp = 0; lamp < 7; lamp += 1) {
    const [x, y] = [120 + lamp * 270 + next() * 60, 620 + next() * 260];
    shapes += `<circle cx="${x}" cy="${y}" r="${46 + next() * 30}" fill="#3a2f22"/><circle cx="${x}" cy="${y}" r="16" fill="#e8b05a"/>`;
  }
  return svg(shapes);
}

function crowd() {
  const at = numbers(23);
  const next = () => at.next().value;
  const colours = ["#e5604d", "#f0c14b", "#4cc38a", "#3f7fd0", "#f4efe6", "#7a4fa3", "#1d2133", "#e58fb1"];
  let shapes = '<path fill="#3b4a63" d="M0 0h1920v1080H0z"/>';
  for (let tile = 0; tile < 420; tile += 1) {
    const [x, y, size] = [next() * 1980 - 60, next() * 1140 - 60, 24 + next() * 110];
    const colour = colours[Math.floor(next() * colours.length)];
    shapes += next() < 0.5
      ? `<rect x="${x}" y="${y}" width="${size}" height="${size * 0.8}" fill="${colour}" transform="rotate(${next() * 90} ${x} ${y})"/>`
      : `<circle cx="${x}" cy="${y}" r="${size * 0.5}" fill="${colour}"/>`;
  }
  return svg(shapes);
}

/** By name. */
export const SCENES = {
  evening: readFileSync(new URL("scene.svg", import.meta.url), "utf8"),
  light: snow(),
  dark: cave(),
  busy: crowd(),
};
