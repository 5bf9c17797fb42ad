// Step 2: does the bell ring, and who hears it. The page can tell whether the sound started; only a person can tell
// whether the mixer moved and whether it was heard.

import { of, post } from "../api.js";
import { byId, tell } from "../element.js";
import { SOUND_TEST } from "../progress.js";
import { reasonWord, waitingWord } from "../words.js";

const KEPT = { heard: "viewers and you hear it", viewers: "viewers hear it", none: "no sound wanted" };

/** What the two answers mean, by "moved heard"; `keep`: the step is done so. */
const ANSWERS = {
  "yes yes": { keep: "heard", text: "Viewers hear it, and so do you." },
  "yes no": { keep: "viewers", text: "Viewers hear it; you don't. To hear it too, choose Monitor and Output (the right picture)." },
  "no yes": { text: "It goes to your speakers, not into the stream. Tick Control audio via OBS (the left picture), and play it again." },
  "no no": { text: "Nobody hears it. Look whether the source, or its bar in the mixer, is muted in OBS; then play it again." },
};

/** Makes the test sound and its questions work. */
export function watchSound(progress) {
  const { channel } = progress;
  let id = null;
  byId("heard").reset();
  byId("heard").hidden = true;
  tell(byId("ring-result"), "");
  byId("ring").onclick = async () => {
    byId("ring").disabled = true;
    tell(byId("ring-result"), "Ringing…");
    try {
      const made = await post(of(channel.streamer, "test-alerts"), { name: SOUND_TEST, items: [{ name: "bell" }] });
      id = made.alert_id;
      if (made.connections === 0) tell(byId("ring-result"), "No overlay is connected: that is step 1.", "bad");
      else channel.alerts.filter((alert) => alert.id === id).forEach(follow);
    } catch (problem) {
      tell(byId("ring-result"), problem.message, "bad");
    }
    byId("ring").disabled = false;
  };
  const follow = (alert) => {
    if (alert.id !== id) return;
    const [text, kind] = heardOf(alert, channel.queue);
    tell(byId("ring-result"), text, kind);
    if (alert.state === "playing" || alert.state === "shown") byId("heard").hidden = false;
  };
  channel.addEventListener("alert", ({ detail }) => follow(detail));
  byId("heard").onchange = () => {
    const { moved, heard } = Object.fromEntries(new FormData(byId("heard")));
    if (!moved || !heard) return;
    const { text, keep } = ANSWERS[`${moved} ${heard}`];
    tell(byId("heard-result"), text, keep ? "good" : "bad");
    progress.keep({ sound: keep ?? null });
  };
  byId("no-sound").onclick = () => progress.keep({ sound: "none" });
  progress.addEventListener("change", () => drawState(progress.kept.sound));
}

// What the overlay said about the sound of the test.
function heardOf({ state, reason, proof }, queue) {
  if (state === "queued") return [queue?.waiting ? waitingWord(queue.waiting) : "On its way…", "plain"];
  if (state !== "playing" && state !== "shown") return [`Not played: ${reasonWord(reason ?? state)}.`, "bad"];
  if (queue?.muted) return ["It played without sound: the channel is muted. Unmute it on the live page.", "bad"];
  if (proof?.audio === false) return ["It played without sound. Is a sound chosen and the volume above 0, on the Look page?", "bad"];
  return [state === "playing" ? "The bell rings on the overlay now." : "The bell rang on the overlay.", "good"];
}

function drawState(kept) {
  tell(byId("step-sound").querySelector("[data-state]"), KEPT[kept] ?? "");
  byId("no-sound").hidden = Boolean(kept);
}
