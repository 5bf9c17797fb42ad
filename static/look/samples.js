// Sales to look at: none of them was ever made, and none can be sent anywhere.

const HOODIE = { name: "Hoodie", variant: "L", quantity: 1, image: "scenes/hoodie.svg" };
const called = (name) => ({ ...HOODIE, name, variant: null });

function alert(id, words, { name = "mika", anonymous = false, message = null, items = [HOODIE], amount = "€25.99", ...more }) {
  return {
    id,
    words,
    alert: {
      id: `sample-${id}`, kind: "sale", test: false, replay: false,
      buyer: { name, anonymous, first_time: true, order_count: 1 },
      amount: amount && { text: amount }, items, message: message && { text: message }, ...more,
    },
  };
}

const member = (name, item) => alert("member", "", { name, items: [item] }).alert;
const LONG = "Been watching since the very first stream in the tiny kitchen, through the winter with no heating "
  + "and the week the cat sat on the keyboard. This hoodie is for my sister, who laughs at every one of your jokes, even the bad ones. Thank you both for all of it, and see you on Friday.";
const MUG = { name: "Mug", quantity: 1, image: null };
const STICKER = { name: "Sticker", quantity: 2, image: null };

/** What the preview can show: `{id, words, alert}`. */
export const SAMPLES = [
  alert("sale", "Sale", { message: "love the stream" }),
  alert("long", "Long message", { name: "Bartholomew the Unreasonably Long", message: LONG }),
  alert("several", "Several things", { items: [HOODIE, STICKER, MUG], amount: "€45.99", message: "for the whole team" }),
  alert("plain", "No picture", { items: [{ ...HOODIE, image: null }] }),
  alert("tip", "Tip", { kind: "tip", name: "noor", items: [], amount: "€5.00", message: "for the cat" }),
  alert("subscription", "Subscription", { kind: "subscription", name: "jo", items: [{ name: "Club", quantity: 1, image: null }], amount: "€4.99" }),
  alert("someone", "No name", { name: "Someone", anonymous: true }),
  alert("arabic", "Arabic", { name: "ليلى", items: [called("قميص")], message: "شكرا على البث الجميل كل مساء" }),
  alert("japanese", "Japanese", { name: "さくら", items: [called("パーカー")], amount: "¥3,900", message: "いつも楽しい配信をありがとう" }),
  alert("combo", "Many at once", {
    kind: "combo", name: "Someone", anonymous: true, amount: "€99.00", items: [{ name: "Sticker", quantity: 11, image: null }],
    members: ["mika", "noor", "jo", "kai", "sam"].map((name) => member(name, STICKER)),
  }),
  alert("digest", "While away", {
    kind: "digest", name: "Someone", anonymous: true, amount: "€81.97", items: [],
    members: [member("mika", HOODIE), member("noor", STICKER), member("jo", HOODIE)],
  }),
  alert("test", "Test", { test: true }),
];
