// The goal: how far it has come, as a bar, and a moment of joy when it is reached before the viewers' eyes.

import { element, isolated } from "../words.js";

/** The goal of `data`; `before` is what was drawn last, if anything. */
export function build({ goal }, before) {
  if (!goal) return null;
  const { title, percent, reached, amount, orders } = goal;
  const was = before?.goal?.title === title ? before.goal : null;
  const plate = element("section", "x-plate");
  const head = element("p", "x-head");
  head.append(isolated("x-title", title), element("span", "x-percent", `${percent} %`));
  plate.append(head, bar(percent, was?.percent ?? 0), sums(amount, orders, reached));
  if (reached && was && !was.reached) plate.classList.add("x-joy");
  return plate;
}

// It grows from where it was.
function bar(percent, from) {
  const made = element("div", "x-bar");
  const fill = element("div", "x-fill");
  const full = (share) => `scaleX(${Math.min(share, 100) / 100})`;
  fill.style.transform = full(percent);
  fill.style.setProperty("--from", full(from));
  made.append(fill);
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", `${percent} %`);
  return made;
}

function sums(amount, orders, reached) {
  const line = element("p", "x-sums");
  const [done, target] = amount ? [amount.done.text, amount.target.text] : [orders?.done, orders?.target];
  if (target !== undefined) {
    const unit = amount ? "" : " orders";
    line.append(element("b", "x-done", String(done)), element("span", "x-of", ` of ${target}${unit}`));
  }
  if (reached) line.append(element("span", "x-reached", "reached"));
  return line;
}
