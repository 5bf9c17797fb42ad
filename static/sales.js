// What was sold, and what it is sold from: chart, goal, products, and the events nothing could be made of.

import { watchConnections, enter } from "./bar.js";
import { SalesBoard } from "./board.js";
import { Channel } from "./channel.js";
import { watchChecks } from "./checks.js";
import { showDeadLetters } from "./dead-letters.js";
import { Draft } from "./draft.js";
import { openEditor } from "./editor.js";
import { byId } from "./element.js";
import { showGoal } from "./goal-form.js";
import { showProducts } from "./products.js";

enter("sales", ({ streamer, admin, leave }) => {
  const channel = new Channel(streamer);
  const draft = new Draft(streamer, ["goal", "currency"]);
  const board = new SalesBoard(byId("board"), byId("lists"), channel);
  draft.addEventListener("signed-out", () => leave(null));
  channel.addEventListener("signed-out", () => leave(null));
  watchConnections(channel);
  channel.open();
  byId("checks").hidden = true;
  openEditor(leave, async () => {
    await Promise.all([draft.open(), board.open()]);
    showGoal(byId("goal"), draft, board);
    await Promise.all([
      showProducts(byId("products"), streamer, { currency: draft.get("currency"), store: draft.streamer.store_url }),
      showDeadLetters(byId("dead-letters"), streamer, admin),
      admin && watchChecks(),
    ]);
  });
  return () => {
    channel.close();
    draft.close();
    board.close();
  };
});
