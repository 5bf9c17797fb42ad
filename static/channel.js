// What this page knows of one streamer's channel, kept current by the channel's log.
//
// An entry of the log only says what to read again; it is never added up here. So the page shows what the gateway
// holds, whatever was missed, repeated or not yet known to this page.

import { of, post, read, readList, streamOf } from "./api.js";
import { Trays } from "./trays.js";

const ALERTS_PER_READ = 50;
/** Entries come in bursts (a sale is four of them); one read serves the burst. Milliseconds. */
const GATHER_MS = 40;
/** More alerts than this in one burst: reading the list is cheaper than reading each. */
const SINGLE_READS = 8;
/** What OBS says about its sources (active, streaming) makes no entry, so it is asked for. Milliseconds. */
const LOOK_MS = 15_000;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 20_000;

/** Alerts kept of a long evening, beside those that somebody went back to. */
const ALERTS_KEPT = 200;

/** Most alerts that are read of a tray: what waits for a verdict, and what viewers missed. */
const TRAY_READ = 100;

/** Events: "queue", "connections", "alert" (detail: the alert), "alerts" (all anew), "trays", "link", "signed-out". */
export class Channel extends EventTarget {
  queue = null;
  /** The streamer's connections; null when this role may not see them. */
  connections = null;
  alerts = [];
  trays = new Trays();
  /** Cursor of the alerts older than those read; null when there are none. */
  older = null;
  /** Whether the gateway is answering. */
  linked = true;

  #left = false;
  #most = ALERTS_KEPT;
  #source = null;
  #stale = new Set();
  #gathering = 0;
  #reading = Promise.resolve();
  #looking = 0;
  #retry = 0;
  #retryMs = RETRY_MIN_MS;

  constructor(streamer) {
    super();
    this.streamer = streamer;
  }

  /** Reads everything, then follows the log from the position that was read first, so that nothing falls between. */
  async open() {
    try {
      await this.#readAll();
    } catch (problem) {
      this.#failed(problem);
      return;
    }
    if (this.#left) return;
    this.#follow(this.queue.position);
    this.#looking = setInterval(() => document.hidden || this.#again(null), LOOK_MS);
  }

  /** Leaves the channel. Answers still on their way change nothing any more. */
  close() {
    this.#left = true;
    this.#stop();
  }

  #stop() {
    this.#source?.close();
    this.#source = null;
    clearInterval(this.#looking);
    clearTimeout(this.#gathering);
    this.#gathering = 0;
    clearTimeout(this.#retry);
  }

  /** Pause, resume, mute, unmute or panic. */
  async act(verb) {
    this.#set("queue", await post(of(this.streamer, `queue/${verb}`)));
  }

  /** Skips what plays now, or that alert. */
  async skip(id = undefined) {
    this.#again((await post(of(this.streamer, "queue/skip"), { alert_id: id })).id);
  }

  async replay(id) {
    this.#alert(await post(of(this.streamer, `alerts/${id}/replay`)));
  }

  /** Replays all that was missed; gives how many. */
  async replayMissed() {
    const { replayed } = await post(of(this.streamer, "alerts/replay"), { missed: true });
    this.#again("all");
    return replayed;
  }

  /** A verdict: "full", "no_message", "anonymous" or "silent". If another was quicker, theirs is shown. */
  async approve(id, verdict) {
    try {
      this.#alert(await post(of(this.streamer, `alerts/${id}/approve`), { as: verdict }));
    } catch (problem) {
      this.#again(id);
      throw problem;
    }
  }

  async readOlder() {
    const cursor = encodeURIComponent(this.older);
    const page = await read(of(this.streamer, `alerts?limit=${ALERTS_PER_READ}&after=${cursor}`));
    this.older = page.next;
    this.#most += page.data.length;
    this.#set("alerts", [...this.alerts, ...page.data]);
  }

  // What is old is read again when somebody asks for older ones. Not one by one: that draws the whole list.
  #forgetOldest() {
    if (this.alerts.length < this.#most + ALERTS_PER_READ) return;
    const newest = [...this.alerts].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, this.#most);
    // One that was replayed may be older than all that were read.
    const last = newest.at(-1).id;
    if (this.older === null || this.older < last) this.older = last;
    this.#set("alerts", newest);
  }

  async #readAll() {
    this.queue = await read(of(this.streamer, "queue"));
    const [page, held, missed] = await Promise.all([
      read(of(this.streamer, `alerts?limit=${ALERTS_PER_READ}`)),
      readList(of(this.streamer, `alerts?state=held&limit=${TRAY_READ}`)),
      readList(of(this.streamer, `alerts?missed=true&limit=${TRAY_READ}`)),
      this.#readConnections(),
    ]);
    this.older = page.next;
    this.trays.clear();
    for (const alert of [...held, ...missed]) this.trays.sort(alert);
    this.#tell("trays");
    this.#set("alerts", page.data);
    this.#tell("queue");
  }

  async #readConnections() {
    const path = `/connections?streamer=${encodeURIComponent(this.streamer)}`;
    this.#set("connections", await readList(path).catch(nullIfForbidden));
  }

  #follow(position) {
    const source = new EventSource(streamOf(this.streamer, position));
    source.onopen = () => {
      // News of connections is not kept in the log, so after a gap it has to be read.
      if (!this.linked) this.#again("all");
      this.#retryMs = RETRY_MIN_MS;
      this.#set("linked", true, "link");
    };
    source.onmessage = ({ data }) => this.#entry(JSON.parse(data));
    source.onerror = () => {
      this.#set("linked", false, "link");
      // The browser comes back by itself after a broken stream, but gives up after a refusal.
      if (source.readyState === EventSource.CLOSED) this.#later();
    };
    this.#source = source;
  }

  #entry({ event, data }) {
    if (event?.type === "HistoryLost") return this.#again("all");
    this.#again(data?.alert?.id ?? data?.alert_id ?? data?.id ?? null);
    // Those that an alert carries change with it.
    for (const { id } of data?.alert?.members ?? []) this.#again(id);
  }

  // Gathers what has to be read again: an alert's id, "all", or null for queue and connections alone.
  #again(id) {
    if (id) this.#stale.add(id);
    if (this.#gathering) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = 0;
      // One read after the other: an older answer never overwrites a newer one.
      this.#reading = this.#reading.then(() => this.#readStale()).catch((problem) => this.#failed(problem));
    }, GATHER_MS);
  }

  async #readStale() {
    const ids = [...this.#stale].filter((id) => id === "all" || id.startsWith("al_"));
    this.#stale.clear();
    if (ids.includes("all") || ids.length > SINGLE_READS) return this.#readAll();
    this.#set("queue", await read(of(this.streamer, "queue")));
    for (const id of ids) this.#alert(await read(of(this.streamer, `alerts/${id}`)));
    return this.#readConnections();
  }

  #alert(alert) {
    const place = this.alerts.findIndex(({ id }) => id === alert.id);
    if (place >= 0) this.alerts[place] = alert;
    else this.alerts.unshift(alert);
    this.trays.sort(alert);
    this.#tell("alert", alert);
    this.#tell("trays");
    this.#forgetOldest();
  }

  #failed(problem) {
    if (problem.status === 401) {
      this.#tell("signed-out");
      return;
    }
    // With the log still streaming, the next entry or look reads it again; a broken stream heals in #follow.
    if (this.#source) return;
    this.#set("linked", false, "link");
    this.#later();
  }

  #later() {
    if (this.#left) return;
    this.#stop();
    this.#retry = setTimeout(() => this.open(), this.#retryMs * (0.5 + Math.random() / 2));
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
  }

  #set(field, value, event = field) {
    this[field] = value;
    this.#tell(event);
  }

  #tell(event, detail) {
    if (this.#left) return;
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }
}

function nullIfForbidden(problem) {
  if (problem.status === 403) return null;
  throw problem;
}
