// Turns `play`, `stop` and `queue` frames into drawings, and drawings into acknowledgements (contract §4 and §5).

import { loadPicture } from "./card.js";

const PREPARE_MS = 1_200; // longest wait for picture and sound; an alert without them is better than none

const within = (ms, promise) => {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms, null)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** `silent` pages never sound; `failed(frame)` reports a drawing that can't be made; `idle()` is called at each rest. */
export function createPlayer({ stage, sound, acks, drawn, silent, failed, idle }) {
  let current = null; // the newest showing, from its frame to its empty stage
  let last = Promise.resolve(); // drawings follow each other, never overlap

  function play(frame, heardAt) {
    const { alert, lease } = frame;
    const showing = `${alert.id} ${frame.showing}`;
    if (current?.showing === showing) return join(current, lease);
    if (drawn.get(showing)) return answer(showing, alert.id, lease);
    if (current) current.superseded = true;
    stage.hurry();
    const mine = { showing, alert, frame, leases: [lease], deadline: heardAt + frame.expires_in_ms };
    mine.audible = frame.leader === true && !silent;
    mine.muted = frame.muted === true;
    current = mine;
    last = last.then(() => perform(mine)).finally(() => {
      if (current !== mine) return;
      current = null;
      idle();
    });
  }

  // The same showing under a new lease, while this page prepares or draws it.
  function join(drawing, lease) {
    if (drawing.leases.includes(lease)) return;
    drawing.leases.push(lease);
    if (drawing.begun) acks.started({ alert_id: drawing.alert.id, lease }, { audio: drawing.audio, drawing: true });
  }

  // The same showing again, after its drawing: never drawn twice, but told how it went.
  function answer(showing, alert_id, lease) {
    acks.started({ alert_id, lease }, { audio: false, drawing: false });
    if (drawn.get(showing) === "ended") acks.finished(lease);
  }

  async function perform(mine) {
    if (mine.stopped || mine.superseded) return;
    let strike = null;
    try {
      const loading = [loadPicture(mine.alert), mine.audible ? sound.load(mine.frame) : null, stage.ready(mine.frame)];
      const [picture, bell] = await Promise.all(loading.map((thing) => within(PREPARE_MS, thing)));
      strike = mine.strike = bell;
      if (mine.stopped || mine.superseded || performance.now() >= mine.deadline) return;
      await draw(mine, picture);
    } catch (error) {
      stage.clear();
      drawn.forget(mine.showing);
      for (const lease of mine.leases) {
        acks.stale(lease);
        failed({ alert_id: mine.alert.id, lease, reason: String(error?.name ?? "error") });
      }
    } finally {
      strike?.stop();
    }
  }

  async function draw(mine, picture) {
    const emptied = stage.show(mine.frame, picture);
    drawn.set(mine.showing, "drawing");
    mine.audio = (await mine.strike?.play(mine.muted)) ?? false;
    if (!mine.stopped) {
      mine.begun = true;
      for (const lease of mine.leases) acks.started({ alert_id: mine.alert.id, lease }, { audio: mine.audio, drawing: true });
    }
    const whole = await emptied;
    mine.begun = false;
    drawn.set(mine.showing, whole ? "ended" : "cut");
    for (const lease of mine.leases) whole ? acks.finished(lease) : acks.cut(lease);
  }

  function clear() {
    if (!current) return;
    current.stopped = true;
    current.strike?.stop();
    stage.clear();
  }

  return {
    play,
    clear,
    stop({ lease }) {
      if (!current?.leases.includes(lease)) return acks.cut(lease);
      clear();
    },
    /** The channel was muted or unmuted: that holds for what plays too. */
    mute(muted) {
      if (!current) return;
      current.muted = muted;
      current.strike?.mute(muted);
    },
    get idle() {
      return current === null;
    },
  };
}
