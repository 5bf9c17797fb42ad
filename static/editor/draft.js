// Settings while they are being changed: nothing counts until it is saved, and every step can be taken back.
//
// Others may change the same settings meanwhile, on another device. What this page has not touched follows theirs at
// once; what both have touched stays as it is here and is a conflict, until it is saved or given up.

import { patch, read } from "../api.js";

/** How often others' changes are looked for while the page is in sight. Milliseconds. */
const LOOK_MS = 5_000;
/** Steps of one control that follow each other this fast, as a slider's, are one step back. Milliseconds. */
const ONE_STEP_MS = 800;

/** Whether two plain values say the same, in whatever order an object says it. */
export function same(a, b) {
  if (a === b) return true;
  if (!a || !b || typeof a !== "object" || typeof b !== "object" || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]));
}

/** Events: "change" (values, or what is saved), "signed-out". */
export class Draft extends EventTarget {
  /** Settings that are changed here and were changed elsewhere too. */
  conflicts = new Set();

  #path;
  #keys;
  #saved = {};
  #values = {};
  #steps = [];
  #looking = 0;
  #onSight = () => document.hidden || this.look();

  /** Of this streamer, the settings named in `keys`. */
  constructor(streamer, keys) {
    super();
    this.#path = `/streamers/${encodeURIComponent(streamer)}`;
    this.#keys = keys;
  }

  async open() {
    this.#saved = await read(this.#path);
    for (const key of this.#keys) this.#values[key] = this.#saved[key];
    this.#looking = setInterval(this.#onSight, LOOK_MS);
    document.addEventListener("visibilitychange", this.#onSight);
    this.#tell();
  }

  close() {
    clearInterval(this.#looking);
    document.removeEventListener("visibilitychange", this.#onSight);
  }

  get(key) {
    return this.#values[key];
  }

  /** All values as they would be saved. */
  get values() {
    return { ...this.#values };
  }

  /** What else the gateway says of the streamer, as read last. */
  get streamer() {
    return this.#saved;
  }

  /** The settings that differ from what is saved. */
  get changed() {
    return this.#keys.filter((key) => !same(this.#values[key], this.#saved[key]));
  }

  get canUndo() {
    return this.#steps.length > 0;
  }

  set(key, value) {
    const before = this.#values[key];
    if (same(before, value)) return;
    const last = this.#steps.at(-1);
    const now = performance.now();
    if (last?.key === key && now - last.at < ONE_STEP_MS) last.at = now;
    else this.#steps.push({ key, before: { [key]: before }, at: now });
    this.#values[key] = value;
    this.#tell();
  }

  undo() {
    const step = this.#steps.pop();
    if (!step) return;
    Object.assign(this.#values, step.before);
    this.#tell();
  }

  /** Everything as it is saved; that too can be undone. */
  reset() {
    this.#steps.push({ before: { ...this.#values } });
    for (const key of this.#keys) this.#values[key] = this.#saved[key];
    this.conflicts.clear();
    this.#tell();
  }

  /** Saves what differs, and nothing else. Throws the gateway's problem; a conflict is one of code "raced". */
  async save() {
    const send = () => {
      const changes = Object.fromEntries(this.changed.map((key) => [key, this.#values[key]]));
      return patch(this.#path, changes, this.#saved.edition);
    };
    try {
      this.#adopt(await send(), true);
    } catch (problem) {
      if (problem.code !== "raced") throw problem;
      const known = this.conflicts.size;
      await this.look();
      if (this.conflicts.size > known) throw problem;
      this.#adopt(await send(), true); // somebody changed something else
    }
  }

  /** Looks whether something was changed elsewhere. */
  async look() {
    try {
      const now = await read(this.#path);
      if (now.edition !== this.#saved.edition) this.#adopt(now, false);
    } catch (problem) {
      // A gateway that is away is asked again at the next look.
      if (problem.status === 401) this.dispatchEvent(new Event("signed-out"));
    }
  }

  #adopt(now, ours) {
    for (const key of this.#keys) {
      const touched = !same(this.#values[key], this.#saved[key]);
      const elsewhere = !same(now[key], this.#saved[key]);
      if (ours || !touched) this.#values[key] = now[key];
      else if (elsewhere && !same(now[key], this.#values[key])) this.conflicts.add(key);
    }
    if (ours) {
      this.conflicts.clear();
      this.#steps = [];
    }
    this.#saved = now;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
