// The card of one alert.

import { bareDeed, deedTo, element, isolated } from "./words.js";

const SEVERAL = { sale: "orders", subscription: "subscriptions", renewal: "renewals" };
const LINES_MAX = 4; // of an order's items, where a theme lists them
const MEMBERS_NAMED = 3; // of several orders on one card: what two lines hold and eyes read in six seconds
const NAME_SHRINKS_TO = 0.7; // look.md; what is still too long gets an ellipsis
const PRICE_SHRINKS_TO = 0.6;

const itemName = ({ name, variant }) => (variant ? `${name} (${variant})` : name);

// What one line of an order is of, and how many of it.
function* wares(item) {
  yield isolated("item", itemName(item));
  if (item.quantity > 1) yield element("span", "times", ` ×${item.quantity}`);
}

function deed({ kind, items }) {
  const line = element("p", "deed");
  if (kind === "tip" || !items?.length) {
    line.textContent = bareDeed(kind);
    return line;
  }
  line.append(element("span", "verb", `${deedTo(kind)} `), ...wares(items[0]));
  if (items.length > 1) line.append(element("span", "more", ` and ${items.length - 1} more`));
  return line;
}

// The first letter a reader would see: a whole emoji, a letter with its accents.
function monogram(name) {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name.trim());
  return (first?.segment ?? "").toLocaleUpperCase();
}

function tile({ name, anonymous }, picture) {
  const made = element("div", "tile");
  if (picture) made.append(picture);
  else if (anonymous || !name.trim()) made.classList.add("bell");
  else made.append(element("span", "monogram", monogram(name)));
  return made;
}

function called(title) {
  const name = element("p", "name");
  name.append(isolated("buyer", title));
  return name;
}

function words(title, items, message) {
  const made = element("div", "words");
  made.append(...[...title, items, message].filter(Boolean));
  return made;
}

// What was bought, line by line, for themes that list it; each line is a list of nodes.
function list(lines) {
  if (lines.length === 0) return null;
  const made = element("ul", "items");
  const told = lines.length > LINES_MAX ? lines.slice(0, LINES_MAX - 1) : lines;
  for (const line of told) {
    const item = element("li", "line");
    item.append(...line);
    made.append(item);
  }
  if (told.length < lines.length) made.append(element("li", "line rest", `and ${lines.length - told.length} more`));
  return made;
}

const listOf = (items) => list((items ?? []).map((item) => [...wares(item)]));

// A headline of the streamer's own: what stands between the placeholders, and what they stand for, each a text of its own.
const PLACEHOLDERS = {
  name: ({ buyer }) => buyer.name,
  amount: ({ amount }) => amount?.text ?? "",
  item: ({ items }) => (items?.length ? itemName(items[0]) : "something"),
  quantity: ({ items }) => String(items?.reduce((sum, { quantity }) => sum + quantity, 0) || 1),
  message: ({ message }) => message?.text ?? "",
};
const PLACEHOLDER = new RegExp(`\\{(${Object.keys(PLACEHOLDERS).join("|")})\\}`);

function headline(text, alert) {
  const line = element("p", "headline");
  text.split(PLACEHOLDER).forEach((part, at) => {
    line.append(at % 2 ? isolated("filled", PLACEHOLDERS[part](alert)) : part);
  });
  return line;
}

function oneOrder(alert, picture, look) {
  const { buyer, message } = alert;
  const said = look?.text?.includes("{message}"); // then it is not said again below
  const text = message?.text && !said ? element("p", "message", message.text) : null;
  if (text) text.dir = "auto";
  const title = look?.text ? [headline(look.text, alert)] : [called(buyer.name), deed(alert)];
  return [tile(buyer, picture), words(title, listOf(alert.items), text)];
}

// Several orders of one product: how many, of what, and who the first of them were.
function combo({ members, items }, picture) {
  const names = members.filter(({ buyer }) => !buyer.anonymous).map(({ buyer }) => buyer.name);
  const told = [...new Set(names)].slice(0, MEMBERS_NAMED);
  const line = told.length ? element("p", "message") : null;
  told.forEach((name, at) => line.append(at > 0 ? ", " : "", isolated("member", name)));
  const more = members.length - names.filter((name) => told.includes(name)).length;
  if (line && more > 0) line.append(` and ${more} more`);
  const title = members.length === 1 ? "1 order" : `${members.length} ${SEVERAL[members[0].kind] ?? SEVERAL.sale}`;
  const deedLine = element("p", "deed");
  deedLine.append(...wares(items[0]));
  return [tile({ name: "", anonymous: true }, picture), words([called(title), deedLine], listOf(items.slice(0, 1)), line)];
}

// Orders that came late, on one card: how many, and who the first of them were.
function digest({ members }) {
  const told = members.filter(({ buyer, items }) => !buyer.anonymous || items?.length).slice(0, MEMBERS_NAMED);
  const line = told.length ? element("p", "message") : null;
  told.forEach(({ buyer, items }, at) => {
    if (at > 0) line.append(", ");
    if (!buyer.anonymous) line.append(isolated("member", buyer.name));
    if (!buyer.anonymous && items?.length) line.append(": ");
    if (items?.length) line.append(isolated("goods", itemName(items[0])));
  });
  if (line && told.length < members.length) line.append(` and ${members.length - told.length} more`);
  const title = `${members.length} ${members.length === 1 ? "order" : "orders"}`;
  const lines = list(members.map(({ buyer, items }) => [
    isolated("item", buyer.name),
    isolated("goods", items?.length ? itemName(items[0]) : "a tip"),
  ]));
  return [element("div", "tile bell"), words([called(title), element("p", "deed", "while you were away")], lines, line)];
}

/**
 * Builds the card. `picture` is a decoded image or null, `look` what a rule says of its headline, if one does, `theme` what
 * it wears, `shop` the streamer's name. All themes style this one markup; what a theme has no use for, it hides.
 */
export function buildCard(alert, { picture, look, theme, shop }) {
  const { amount } = alert;
  const card = element("article", `card ${alert.kind}`);
  card.dataset.theme = theme;
  const plate = element("div", "plate");
  const drawn = { combo, digest }[alert.kind] ?? oneOrder;
  if (shop) plate.append(isolated("shop", shop));
  plate.append(...drawn(alert, picture, look));
  if (amount?.text) plate.append(element("p", "chip", amount.text));
  card.append(plate);
  const tab = alert.test ? "test" : alert.replay ? "replay" : null;
  if (tab) card.append(element("p", "tab", tab.toUpperCase()));
  return card;
}

function shrink(line, least) {
  const room = line ? line.clientWidth / line.scrollWidth : 1;
  if (room < 1) line.style.setProperty("--shrink", String(Math.max(least, room * 0.99)));
}

/** Makes what a buyer wrote fit, once the card is in the document and before it is painted. */
export function fitCard(card) {
  const chip = card.querySelector(".chip");
  shrink(chip, PRICE_SHRINKS_TO);
  chip?.classList.toggle("long", chip.scrollWidth > chip.clientWidth);
  shrink(card.querySelector(".name"), NAME_SHRINKS_TO);
  const message = card.querySelector(".message");
  if (message && message.scrollHeight > message.clientHeight + 1) message.classList.add("long");
}

/** The picture of the first item that has one, decoded, or null; never fails. */
export async function loadPicture({ items }) {
  const path = items?.find(({ image }) => image)?.image;
  if (!path) return null;
  const picture = new Image();
  picture.alt = "";
  picture.src = path;
  try {
    await picture.decode();
    return picture;
  } catch {
    return null;
  }
}
