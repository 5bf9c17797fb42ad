// The dock of 300 px: let in by a code, of use while live, and never lost for good.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessibleInBothThemes } from "./support/axe.js";
import { hidden, launchCurrent, People, sees } from "./support/dashboard.js";
import { beObs } from "./support/obs.js";
import { card, press } from "./support/page.js";
import { openShop } from "./support/stripe.js";

const ARTEFACTS = fileURLToPath(new URL("artefacts/", import.meta.url));
const DOCK = { width: 300, height: 720 };

mkdirSync(ARTEFACTS, { recursive: true });

const picture = (page, name) => page.screenshot({ path: join(ARTEFACTS, `dock-${name}.png`) });
const codeOf = (page) => sees(page, "#code", /^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$/);
const fits = async (page) => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), DOCK.width);

describe("dock", () => {
  let browser, people, gateway;

  before(async () => {
    browser = await launchCurrent();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    people = await People.gather(browser);
    gateway = people.gateway;
  });
  afterEach(() => people.part());

  const openDock = () => people.open(`${gateway.url}/dock`, DOCK);

  // A dock that was let in by its code, as that role.
  async function pairedDock(role = "moderator") {
    const dock = await openDock();
    const code = await codeOf(dock);
    await gateway.api("POST", `/streamers/me/pairings/${code}`, { role, name: "Dock" });
    await dock.waitForSelector("#dashboard", { visible: true });
    return dock;
  }

  async function openPairing() {
    const owner = await people.signIn();
    await owner.goto(`${gateway.url}/setup`);
    await press(owner, "#pair-more > summary");
    return owner;
  }

  const look = async (owner, code) => {
    await owner.type("#pair-code", code);
    await press(owner, "#pair .field-row .button");
  };

  test("the owner types the dock's code, sees who asks, and lets it in", async () => {
    const dock = await openDock();
    const code = await codeOf(dock);
    await accessibleInBothThemes(dock);
    await picture(dock, "code");
    await dock.reload();
    assert.equal(await codeOf(dock), code, "the same after a reload");
    const owner = await openPairing();
    await look(owner, "22222222");
    await sees(owner, "#pair-result", /No dock shows that code/);
    await owner.$eval("#pair-code", (field) => field.select());
    await look(owner, code.toLowerCase());
    await sees(owner, "#pair-who", /Asking: Chrome \d+ on Linux at 127\.0\.0\.1/);
    await press(owner, "#pair-who .primary");
    await sees(owner, "#pair-result", /Let in/);
    await dock.waitForSelector("#now-controls", { visible: true });
    await sees(owner, "#people", /Dock[^]*moderator[^]*here now/);
    await dock.reload();
    await sees(dock, "#now-body", /No overlay connected/);
  });

  test("a dock that is not the owner's is turned away, and shows another code", async () => {
    const dock = await openDock();
    const code = await codeOf(dock);
    const owner = await openPairing();
    await look(owner, code);
    await owner.waitForSelector("#pair-who .button:not(.primary)", { visible: true });
    await press(owner, "#pair-who .button:not(.primary)");
    await sees(owner, "#pair-result", /Turned away/);
    await dock.waitForFunction((old) => !["", old].includes(document.querySelector("#code").textContent), {}, code);
    assert.ok(await hidden(dock, "#dashboard"));
  });

  test("a revoked dock shows a code again by itself", async () => {
    const dock = await pairedDock();
    await people.overlay(beObs);
    await sees(dock, "#chips", /main connected/);
    const [{ id }] = (await gateway.api("GET", "/streamers/me/keys")).data;
    await gateway.api("DELETE", `/streamers/me/keys/${id}`);
    await gateway.testAlert();
    await codeOf(dock);
  });

  test("an evening in 300 px: what plays, what waits, what needs a verdict, and a gateway that comes back", async () => {
    const dock = await pairedDock("owner");
    await gateway.api("PATCH", "/streamers/me", { duration: "20s", moderation: { hold: ["pineapple"] } });
    const shown = await people.overlay(beObs);
    const sell = await openShop(gateway);
    const order = { nickname: "mika", message: "ahoy", product: "Hoodie", variant: "L", amount: 2599, currency: "eur" };
    await sell(order);
    await card(shown);
    await sell({ ...order, nickname: "W".repeat(60), product: "Thing".repeat(12) });
    await sell({ ...order, nickname: "ana", message: "pineapple on pizza" });
    await sees(dock, "#now-body", /mika/);
    await sees(dock, "#next", /WWW/);
    await sees(dock, "#held", /pineapple/);
    await fits(dock);
    await accessibleInBothThemes(dock);
    await picture(dock, "evening");
    await press(dock, "#skip");
    await sees(dock, "#feed", /skipped/);
    await press(dock, "#mute");
    await sees(dock, "#mute", /Unmute/);
    await press(dock, "#held .verdicts .primary");
    await dock.waitForFunction(() => !document.querySelector("#held").hasChildNodes());
    await press(dock, "#panic");
    await sees(dock, "#now-body", /panic/i);
    await fits(dock);
    await gateway.kill();
    await sees(dock, "#chips", /Gateway away/);
    await dock.reload().catch(() => {});
    await gateway.run();
    await dock.goto(`${gateway.url}/dock`);
    await sees(dock, "#now-body", /panic/i);
  });

  test("a viewer's dock has nothing to press", async () => {
    const dock = await pairedDock("viewer");
    await people.overlay(beObs);
    await sees(dock, "#now-body", /Ready/);
    assert.ok(await hidden(dock, "#now-controls"));
    await fits(dock);
  });
});
