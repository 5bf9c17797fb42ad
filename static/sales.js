// What was sold, and what it is sold from: chart, goal, products, and the events nothing could be made of.

import { watchConnections, enter } from "./bar.js";
import { Channel } from "./channel.js";
import { watchChecks } from "./checks.js";
import { Draft } from "./editor/draft.js";
import { openEditor } from "./editor/opening.js";
import { byId } from "./element.js";
import { SalesBoard } from "./sales/board.js";
import { showDeadLetters } from "./sales/dead-letters.js";
import { showGoal } from "./sales/goal.js";
import { showProducts } from "./sales/products.js";

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
