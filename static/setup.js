// The setup page: four steps from nothing to the first seen alert, then what is looked at before going live, and
// who else may sign in.

import { enter, watchConnections } from "./bar.js";
import { Channel } from "./channel.js";
import { watchChecks } from "./checks.js";
import { byId, tell } from "./element.js";
import { watchEndpoint } from "./endpoint.js";
import { Progress, STEPS } from "./progress.js";
import { watchExtras } from "./setup/extras.js";
import { watchOverlay } from "./setup/overlay.js";
import { watchPair } from "./setup/pair.js";
import { watchPeople } from "./setup/people.js";
import { watchPreflight } from "./setup/preflight.js";
import { watchSound } from "./setup/sound.js";
import { watchStripe } from "./setup/stripe.js";
import { watchTest } from "./test-alert.js";

enter("setup", ({ streamer, admin, leave }) => {
  const channel = new Channel(streamer);
  const progress = new Progress(channel);
  channel.addEventListener("signed-out", () => leave(null));
  watchConnections(channel);
  watchOverlay(progress);
  watchExtras(progress);
  watchSound(progress);
  const unwatchStripe = watchStripe(progress);
  watchTest(channel);
  watchPreflight(progress, admin);
  const readPeople = watchPeople(streamer);
  watchPair(streamer, readPeople);
  for (const id of ["checks", "endpoint"]) byId(id).hidden = true;
  if (admin) {
    watchChecks().catch(() => {});
    watchEndpoint(streamer, () => progress.readStripe()).catch(() => {});
  }
  progress.addEventListener("change", () => drawTicks(progress.done));
  Promise.all([channel.open(), progress.open()]).then(() => openNext(progress), (problem) => tell(byId("setup-count"), problem.message, "bad"));
  return () => {
    unwatchStripe();
    channel.close();
  };
});

function drawTicks(done) {
  const was = STEPS.filter((step) => byId(`step-${step}`).dataset.done === "true").length;
  for (const step of STEPS) {
    const card = byId(`step-${step}`);
    card.dataset.done = String(done[step]);
    card.querySelector(".tick").setAttribute("aria-label", done[step] ? "Done:" : "To do:");
  }
  const count = STEPS.filter((step) => done[step]).length;
  tell(byId("setup-count"), count === STEPS.length ? "Everything is set up. Look once more before you go live." : `${count} of ${STEPS.length} done. Each step ticks itself when it has really happened.`);
  // What was just done stays open, since its result is being read; the next opens below it.
  if (count > was) openNext({ done });
}

function openNext({ done }) {
  const next = STEPS.find((step) => !done[step]);
  if (next) byId(`step-${next}`).open = true;
}
