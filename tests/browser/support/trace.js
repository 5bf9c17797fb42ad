// What a page really does: Chromium's own trace of its renderer.

const CATEGORIES = ["-*", "devtools.timeline", "devtools.timeline.frame", "disabled-by-default-devtools.timeline.frame", "blink.user_timing"];
const WITHIN_FRAME_US = 5_000; // what is painted for one frame is painted in one go
const APART_US = 200_000; // frames further apart than this belong to different movements
const MOVEMENT_FRAMES = 8; // fewer are no movement, but single changes

/** Records while `during()` runs; gives the events of the page's own process, oldest first, times in µs. */
export async function record(page, during) {
  await page.tracing.start({ categories: CATEGORIES });
  await page.evaluate(() => performance.mark("here"));
  await during();
  const { traceEvents } = JSON.parse(Buffer.from(await page.tracing.stop()).toString("utf8"));
  const { pid } = traceEvents.find(({ name }) => name === "here");
  return traceEvents.filter((event) => event.pid === pid).sort((a, b) => a.ts - b.ts);
}

/** How many events have one of these names. */
export const count = (events, ...names) => events.filter(({ name, ph }) => names.includes(name) && ph !== "E").length;

// The times of events of that name, in groups of those that follow each other within `apart` µs.
function groups(events, name, apart) {
  const found = [];
  let before = -Infinity;
  for (const { ts } of events.filter((event) => event.name === name && event.ph !== "E")) {
    if (ts - before > apart) found.push([]);
    found.at(-1).push(ts);
    before = ts;
  }
  return found;
}

/** How many frames had something painted anew; the others only moved what was painted before. */
export const paintedFrames = (events) => groups(events, "Paint", WITHIN_FRAME_US).length;

/** Frames a second that reached the screen, of each movement in the trace. */
export const frameRates = (events) =>
  groups(events, "DrawFrame", APART_US)
    .filter(({ length }) => length >= MOVEMENT_FRAMES)
    .map((frames) => ((frames.length - 1) * 1e6) / (frames.at(-1) - frames[0]));
