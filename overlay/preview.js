// What preview.html does, the frame of the designer's preview: an alert drawn by the overlay's own modules over a picture
// of a game. It connects to nothing; the dashboard around it says what to draw.

import { loadPicture } from "./card.js";
import { createSound } from "./sound.js";
import { createStage } from "./stage.js";

const FOR_EVER_MS = 2_000_000_000; // near the longest a timer can wait
const page = document.documentElement;
const stage = createStage(document.getElementById("stage"));
const sound = createSound();
let wanted = 0; // the newest request; older ones that are still loading give way
let strike = null;

/** Draws `frame`, as on stream with `play`, else standing still. */
async function draw({ settings, frame, scene, blend, play }) {
  const mine = (wanted += 1);
  page.dataset.scene = scene;
  page.dataset.blend = blend;
  sound.use(settings);
  await Promise.all([stage.dress(settings), stage.ready(frame)]);
  const [picture, loaded] = await Promise.all([loadPicture(frame.alert), play ? sound.load(frame) : null]);
  if (mine !== wanted) return;
  hush();
  if (!play) return stand(frame, picture);
  const emptied = stage.show({ ...frame, duration_ms: settings.duration_ms }, picture);
  strike = loaded;
  strike?.play(false);
  await emptied;
  if (mine === wanted) stand(frame, picture);
}

// Standing still, as it is once it has come in.
function stand(frame, picture) {
  stage.show({ ...frame, duration_ms: FOR_EVER_MS }, picture);
  page.dataset.drawn = String(wanted);
  for (const animation of document.getElementById("stage").getAnimations({ subtree: true })) {
    if (animation.effect.getComputedTiming().endTime !== Infinity) animation.finish();
  }
}

async function listen({ settings, frame }) {
  sound.use(settings);
  const loaded = await sound.load(frame);
  hush();
  strike = loaded;
  const heard = (await strike?.play(false)) ?? false;
  parent.postMessage({ type: "listened", heard }, location.origin);
}

function hush() {
  strike?.stop();
  strike = null;
}

const asked = { draw, listen };

addEventListener("message", ({ origin, source, data }) => {
  if (origin === location.origin && source === parent && Object.hasOwn(asked, data?.type)) asked[data.type](data);
});
if (parent !== window) parent.postMessage({ type: "ready" }, location.origin);
