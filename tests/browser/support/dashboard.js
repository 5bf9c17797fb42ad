// People at the dashboard: each with a browser of their own, all at one gateway.

import assert from "node:assert/strict";
import { ENGINES, launch } from "./engines.js";
import { Gateway } from "./gateway.js";
import { openOverlay, openPage } from "./page.js";
import { until } from "./until.js";

export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };

/** A browser, a new gateway, and whoever opens its pages. */
export class People {
  #contexts = [];
  #dashboards = [];

  static async gather(browser, env = {}) {
    const people = new People();
    people.browser = browser;
    people.gateway = await Gateway.start(env);
    return people;
  }

  /** Ends it all. Fails with what a dashboard complained of: an error, or a violation of its policy. */
  async part() {
    const complaints = this.#dashboards.flatMap((page) => page.complaints);
    for (const context of this.#contexts) await context.close();
    await this.gateway.end();
    assert.deepEqual(complaints, [], "neither errors nor violations of the content security policy");
  }

  /** A browser of one's own: nobody else's cookies, nobody else's clipboard. */
  async someone() {
    const context = await this.browser.createBrowserContext();
    this.#contexts.push(context);
    return context;
  }

  async open(link, size = DESK, who = undefined) {
    const page = await openPage(who ?? (await this.someone()), link, size);
    this.#dashboards.push(page);
    return page;
  }

  /** The dashboard of a new person, signed in: with the first run's link, or with one of that role. */
  async signIn({ role = null, size = DESK } = {}) {
    const page = await this.open(role ? await this.gateway.link(role) : this.gateway.dashboard, size);
    await page.waitForSelector("#dashboard", { visible: true });
    return page;
  }

  /** An overlay on stream; `before(page)` runs before it is loaded. */
  async overlay(before = undefined) {
    const connected = (await this.gateway.api("GET", "/connections")).data.length;
    const page = await openOverlay(await this.someone(), this.gateway.overlay, undefined, before);
    await this.gateway.connected(connected + 1);
    return page;
  }
}

/** The current browser. */
export const launchCurrent = () => launch(ENGINES.find(({ name }) => name === "current"));

/** Waits until that part of the page says so, and gives what it says. */
export const sees = (page, selector, pattern) =>
  until(`${selector} says ${pattern}`, async () => {
    const [place] = await page.$$(selector);
    const text = await place?.evaluate((element) => element.innerText);
    return pattern.test(text ?? "") && text;
  });

/** Whether that part of the page cannot be seen. */
export const hidden = (page, selector) => page.$eval(selector, (element) => !element.checkVisibility());

/** The page's whole source as it stands. */
export const html = (page) => page.evaluate(() => document.documentElement.outerHTML);
