// Follows one receipt. The page stands without this: its sentences are in the HTML, and the server says which one holds.

const AGAIN_MS = 15_000; // after an answer that is no stream; twice that at most, so that not all come at once
const OVER = ["failed", "shown", "shown-once", "refunded", "none"]; // nothing more comes of these

const receipt = document.querySelector("#receipt");
const [ahead, at, link] = ["#ahead", "#at", "#link"].map((id) => document.querySelector(id));

/** Which of the page's sentences says it. */
function wordsFor({ state, ahead, at }) {
  if (state === "waiting" && ahead === 0) return "next";
  if (state === "waiting" && ahead === undefined) return "far";
  return state === "shown" && !at ? "shown-once" : state;
}

/** The time as the buyer's clock has it, with the day if that is not today. */
function local(moment) {
  const day = (date) => date.toLocaleDateString();
  const time = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return day(moment) === day(new Date()) ? `at ${time}` : `on ${day(moment)} at ${time}`;
}

function show(told) {
  if (told.ahead !== undefined) ahead.textContent = told.ahead;
  if (told.at) showTime(told.at);
  receipt.dataset.state = wordsFor(told);
}

function showTime(text) {
  at.dateTime = text;
  at.textContent = local(new Date(text));
}

function say(text) {
  link.textContent = text;
  link.hidden = !text;
}

function follow() {
  let heard = false;
  const events = new EventSource(`${location.pathname}/events`);
  events.onmessage = ({ data }) => {
    heard = true;
    show(JSON.parse(data));
    say(OVER.includes(receipt.dataset.state) ? "" : "This page follows along by itself.");
  };
  events.onerror = () => {
    if (OVER.includes(receipt.dataset.state)) return events.close();
    // A stream also ends when many follow at once; then the browser comes again after a while.
    if (!heard) say("Not connected. This page tries again by itself.");
    heard = false;
    // A stream that broke off is opened again by the browser, any other answer is not.
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN_MS * (1 + Math.random()));
  };
}

if (at.dateTime) showTime(at.dateTime);
if (receipt.dataset.state !== "none") follow();
