// Writes pixel.woff, the face of the pixel theme: node make-pixel.mjs. The letters are drawn here, one # a pixel; the
// two rows below the seventh are under the line. Letters with marks are put together of both.

import { writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

const DRAWN = `
= A B C D E F G H I J K L M
.###. ####. .#### ####. ##### ##### .#### #...# ### ..### #...# #.... #...#
#...# #...# #.... #...# #.... #.... #.... #...# .#. ...#. #..#. #.... ##.##
#...# #...# #.... #...# #.... #.... #.... #...# .#. ...#. #.#.. #.... #.#.#
##### ####. #.... #...# ####. ####. #..## ##### .#. ...#. ##... #.... #.#.#
#...# #...# #.... #...# #.... #.... #...# #...# .#. ...#. #.#.. #.... #...#
#...# #...# #.... #...# #.... #.... #...# #...# .#. #..#. #..#. #.... #...#
#...# ####. .#### ####. ##### #.... .#### #...# ### .##.. #...# ##### #...#
= N O P Q R S T U V W X Y Z
#...# .###. ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# #####
##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# #...# #...# ....#
##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#.
#.#.# #...# ####. #...# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#..
#..## #...# #.... #.#.# #.#.. ....# ..#.. #...# .#.#. #.#.# .#.#. ..#.. .#...
#..## #...# #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## #...# ..#.. #....
#...# .###. #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. #####
= a b c d e f g h i j k l m
..... #.... .... ....# ..... ..## ..... #.... # ..# #... #. .....
..... #.... .... ....# ..... .#.. ..... #.... . ... #... #. .....
.###. ####. .### .#### .###. #### .#### ####. # ..# #..# #. ##.#.
....# #...# #... #...# #...# .#.. #...# #...# # ..# #.#. #. #.#.#
.#### #...# #... #...# ##### .#.. #...# #...# # ..# ##.. #. #.#.#
#...# #...# #... #...# #.... .#.. .#### #...# # ..# #.#. #. #.#.#
.#### ####. .### .#### .#### .#.. ....# #...# # ..# #..# .# #...#
..... ..... .... ..... ..... .... ....# ..... . #.# .... .. .....
..... ..... .... ..... ..... .... .###. ..... . .#. .... .. .....
= n o p q r s t u v w x y z
..... ..... ..... ..... .... .... .#.. ..... ..... ..... ..... ..... ....
..... ..... ..... ..... .... .... .#.. ..... ..... ..... ..... ..... ....
####. .###. ####. .#### #.## .### #### #...# #...# #...# #...# #...# ####
#...# #...# #...# #...# ##.. #... .#.. #...# #...# #.#.# .#.#. #...# ...#
#...# #...# #...# #...# #... .##. .#.. #...# #...# #.#.# ..#.. #...# .##.
#...# #...# #...# #...# #... ...# .#.. #...# .#.#. #.#.# .#.#. .#### #...
#...# .###. ####. .#### #... ###. ..## .#### ..#.. .#.#. #...# ....# ####
..... ..... #.... ....# .... .... .... ..... ..... ..... ..... ....# ....
..... ..... #.... ....# .... .... .... ..... ..... ..... ..... .###. ....
= 0 1 2 3 4 5 6 7 8 9
.###. ..#.. .###. ####. ...#. ##### .###. ##### .###. .###.
#...# .##.. #...# ....# ..##. #.... #.... ....# #...# #...#
#..## ..#.. ....# ....# .#.#. ####. #.... ...#. #...# #...#
#.#.# ..#.. ...#. .###. #..#. ....# ####. ...#. .###. .####
##..# ..#.. ..#.. ....# ##### ....# #...# ..#.. #...# ....#
#...# ..#.. .#... ....# ...#. #...# #...# ..#.. #...# ....#
.###. .###. ##### ####. ...#. .###. .###. ..#.. .###. .###.
= ! " # $ % & ' ( ) * + , - . /
# #.# .#.#. ..#.. ##..# .##.. # .# #. ..... ..... .. .... . ....#
# #.# .#.#. .#### ##..# #..#. # #. .# #.#.# ..#.. .. .... . ....#
# #.# ##### #.#.. ...#. #.#.. # #. .# .###. ..#.. .. .... . ...#.
# ... .#.#. .###. ..#.. .#... . #. .# ##### ##### .. #### . ..#..
# ... ##### ..#.# .#... #.#.# . #. .# .###. ..#.. .. .... . .#...
. ... .#.#. ####. #..## #..#. . #. .# #.#.# ..#.. .# .... . #....
# ... .#.#. ..#.. #..## .##.# . .# #. ..... ..... .# .... # #....
. ... ..... ..... ..... ..... . .. .. ..... ..... #. .... . .....
= : ; < = > ? @ [ \\ ] ^ _ { | } ~
. .. ...# .... #... .###. .###. ## #.... ## .#. ..... ..# # #.. .....
# .# ..#. .... .#.. #...# #...# #. #.... .# #.# ..... .#. # .#. .....
. .. .#.. #### ..#. ....# #.### #. .#... .# ... ..... .#. # .#. .#..#
. .. #... .... ...# ..##. #.#.# #. ..#.. .# ... ..... #.. # ..# #.#.#
. .. .#.. #### ..#. ..#.. #.### #. ...#. .# ... ..... .#. # .#. #..#.
# .# ..#. .... .#.. ..... #.... #. ....# .# ... ..... .#. # .#. .....
. .# ...# .... #... ..#.. .###. ## ....# ## ... ##### ..# # #.. .....
. #. .... .... .... ..... ..... .. ..... .. ... ..... ... . ... .....
= € £ ¥ × “ ” ‘ ’ – — … · • ¡ ¿ ß Æ æ Ø ø Ł ł ı § ° «
.#### ..##. #...# ..... #.# #.# # # .... ...... ..... . ... . ..#.. .##.. .##### ...... .###. ..... #.... .#. . .### .##. .....
#.... .#..# .#.#. ..... #.# #.# # # .... ...... ..... . ... . ..... #..#. #.#... ...... #..## ..... #.... .#. . #... #..# .....
####. .#... .#.#. #...# ... ... . . .... ...... ..... . ### # ..#.. #..#. #.#... ##.##. #.#.# .###. #.#.. .## # .##. #..# .#.#.
#.... ###.. ##### .#.#. ... ... . . #### ###### ..... # ### # .##.. #.##. #####. ..#..# #.#.# #..## ##... .#. # #..# .##. #.#..
####. .#... ..#.. ..#.. ... ... . . .... ...... ..... . ### # #.... #...# #.#... .##### #.#.# #.#.# #.... ##. # .##. .... .#.#.
#.... .#... ##### .#.#. ... ... . . .... ...... ..... . ... # #...# #...# #.#... #.#... ##..# ##..# #.... .#. # ...# .... .....
.#### ##### ..#.. #...# ... ... . . .... ...... #.#.# . ... # .###. #.##. #.#### .##### .###. .###. ##### ..# # ###. .... .....
= » Б Г Д Ж З И Л П У Ф Ц Ч Ш
..... ##### ##### .###. #.#.# ####. #...# .#### ##### #...# ..#.. #..#. #...# #.#.#
..... #.... #.... .#.#. #.#.# ....# #...# .#..# #...# #...# .###. #..#. #...# #.#.#
#.#.. #.... #.... .#.#. #.#.# ....# #..## .#..# #...# #...# #.#.# #..#. #...# #.#.#
.#.#. ####. #.... .#.#. .###. .###. #.#.# .#..# #...# .#### #.#.# #..#. .#### #.#.#
#.#.. #...# #.... .#.#. #.#.# ....# ##..# .#..# #...# ....# #.#.# #..#. ....# #.#.#
..... #...# #.... .#.#. #.#.# ....# #...# .#..# #...# ....# .###. #..#. ....# #.#.#
..... ####. #.... ##### #.#.# ####. #...# #...# #...# .###. ..#.. ##### ....# #####
..... ..... ..... #...# ..... ..... ..... ..... ..... ..... ..... ....# ..... .....
= Щ Ъ Ы Ь Э Ю Я Є б в г д ж з
#.#.#. ##.... #....# #.... ####. #..##. .#### .#### ...## ..... .... ..... ..... ....
#.#.#. .#.... #....# #.... ....# #.#..# #...# #.... .##.. ..... .... ..... ..... ....
#.#.#. .#.... #....# #.... ....# #.#..# #...# #.... #.... ####. #### .###. #.#.# ###.
#.#.#. .####. ####.# ####. .#### ###..# .#### ####. ####. #...# #... .#.#. #.#.# ...#
#.#.#. .#...# #...## #...# ....# #.#..# ..#.# #.... #...# ####. #... .#.#. .###. .##.
#.#.#. .#...# #...## #...# ....# #.#..# .#..# #.... #...# #...# #... .#.#. #.#.# ...#
###### .####. ####.# ####. ####. #..##. #...# .#### .###. ####. #... ##### #.#.# ###.
.....# ...... ...... ..... ..... ...... ..... ..... ..... ..... .... #...# ..... ....
= и к л м н п т ф ц ч ш щ ъ ы ь
..... .... ..... ..... ..... ..... ..... ..#.. .... ..... ..... ...... ...... ...... .....
..... .... ..... ..... ..... ..... ..... ..#.. .... ..... ..... ...... ...... ...... .....
#...# #..# .#### #...# #...# ##### ##### .###. #.#. #...# #.#.# #.#.#. ##.... #....# #....
#..## #.#. .#..# ##.## #...# #...# ..#.. #.#.# #.#. #...# #.#.# #.#.#. .#.... #....# #....
#.#.# ##.. .#..# #.#.# ##### #...# ..#.. #.#.# #.#. .#### #.#.# #.#.#. .####. ####.# ####.
##..# #.#. .#..# #...# #...# #...# ..#.. .###. #.#. ....# #.#.# #.#.#. .#...# #...## #...#
#...# #..# #...# #...# #...# #...# ..#.. ..#.. #### ....# ##### ###### .####. ####.# ####.
..... .... ..... ..... ..... ..... ..... ..#.. ...# ..... ..... .....# ...... ...... .....
= э ю я є
..... ...... ..... ....
..... ...... ..... ....
####. #..##. .#### .###
....# #.#..# #...# #...
.#### ###..# .#### ###.
....# #.#..# .#..# #...
####. #..##. #...# .###
`;

// Marks by their combining character: rows from above, and how many rows over the letter they begin (below: negative).
const MARKS = {
  "\u0300": ["#.", ".#"], "\u0301": [".#", "#."], "\u0302": [".#.", "#.#"], "\u0303": [".#.#", "#.#."],
  "\u0304": ["...", "###"], "\u0306": ["#..#", ".##."], "\u0307": [".", "#"], "\u0308": ["...", "#.#"],
  "\u030a": ["##", "##"], "\u030b": [".#.#", "#.#."], "\u030c": ["#.#", ".#."],
};
const HANGING = { "\u0327": [".#", "##"], "\u0328": ["#.", "##"] };
const MARKED = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćČčĎĒēĖėĘęĚěĞğĢĪīĮįİĶĹĻŃńŅŇňŌōŐőŔŘřŚśŞşŠšŢŤŪūŮůŰűŲųŹźŻżŽžŸЁёЙйЇїÜ";
const SAME = { А: "A", В: "B", Е: "E", К: "K", М: "M", Н: "H", О: "O", Р: "P", С: "C", Т: "T", Х: "X", І: "I", а: "a", е: "e", о: "o", р: "p", с: "c", у: "y", х: "x", і: "i", Ѕ: "S", "\u2212": "-", "\u2011": "-", "\u00a0": " ", "\u202f": " " };

const PIXEL = 100; // units of the em, which is ten pixels
const [ASCENT, DESCENT] = [9, 3];

// A glyph is {width, pixels: [[x, y]]}, y counted upwards from the line.
const glyphs = new Map([[" ", { width: 3, pixels: [] }]]);

function bitmap(rows, top) {
  const pixels = rows.flatMap((row, down) => [...row].flatMap((dot, x) => (dot === "#" ? [[x, top - down]] : [])));
  return { width: rows[0].length, pixels };
}

for (const block of DRAWN.trim().split(/^= /m).slice(1)) {
  const [names, ...rows] = block.trim().split("\n").map((line) => line.split(" "));
  names.forEach((name, at) => {
    const drawn = rows.map((row) => row[at]);
    if (drawn.some((row) => row?.length !== drawn[0].length)) throw new Error(`the rows of ${name} are not of one length`);
    glyphs.set(name, bitmap(drawn, 6));
  });
}

for (const [name, other] of Object.entries(SAME)) glyphs.set(name, glyphs.get(other));

for (const letter of new Set(MARKED)) {
  const [first, mark] = letter.normalize("NFD");
  const bare = { i: "ı", і: "ı" }[first] ?? first;
  const base = glyphs.get(mark in MARKS ? bare : first);
  const drawn = MARKS[mark] ?? HANGING[mark];
  if (!base || !drawn) throw new Error(`${letter} can't be put together`);
  const high = Math.max(...base.pixels.map(([, y]) => y));
  const { width, pixels } = bitmap(drawn, mark in MARKS ? high + 3 : -1);
  const wide = Math.max(width, base.width);
  const moved = (all, by) => all.map(([x, y]) => [x + by, y]);
  glyphs.set(letter, {
    width: wide,
    pixels: [...moved(base.pixels, Math.floor((wide - base.width) / 2)), ...moved(pixels, Math.floor((wide - width) / 2))],
  });
}

// What the font has not is a hollow box, but browsers take such letters from the next font.
const missing = bitmap(["#####", "#...#", "#...#", "#...#", "#...#", "#...#", "#####"], 6);
const ordered = [...glyphs].map(([name, glyph]) => ({ code: name.codePointAt(0), ...glyph })).sort((a, b) => a.code - b.code);
const all = [missing, ...ordered];

const u16 = (...values) => Buffer.from(values.flatMap((value) => [(value >> 8) & 255, value & 255]));
const u32 = (...values) => Buffer.concat(values.map((value) => u16(Math.floor(value / 65_536), value)));

// Each run of pixels in a row is a rectangle of four points, clockwise.
function outline({ pixels }) {
  const runs = [];
  for (const [x, y] of [...pixels].sort(([ax, ay], [bx, by]) => by - ay || ax - bx)) {
    const last = runs.at(-1);
    if (last && last.y === y && last.to === x) last.to += 1;
    else runs.push({ y, from: x, to: x + 1 });
  }
  if (runs.length === 0) return { data: Buffer.alloc(0), box: [0, 0, 0, 0], points: 0, contours: 0 };
  const points = runs.flatMap(({ y, from, to }) => [[from, y], [from, y + 1], [to, y + 1], [to, y]].map(([x, y]) => [x * PIXEL, y * PIXEL]));
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  const steps = (values) => values.map((value, at) => value - (values[at - 1] ?? 0));
  const data = Buffer.concat([
    u16(runs.length, ...box), u16(...runs.map((_, at) => at * 4 + 3)), u16(0),
    Buffer.alloc(points.length, 1), u16(...steps(xs)), u16(...steps(ys)),
  ]);
  return { data: data.length % 2 ? Buffer.concat([data, Buffer.alloc(1)]) : data, box, points: points.length, contours: runs.length };
}

function characterMap() {
  const runs = [];
  ordered.forEach(({ code }, at) => {
    const last = runs.at(-1);
    if (last && last.end + 1 === code) last.end = code;
    else runs.push({ start: code, end: code, delta: at + 1 - code });
  });
  runs.push({ start: 0xffff, end: 0xffff, delta: 1 });
  const range = 2 ** Math.floor(Math.log2(runs.length)) * 2;
  const body = Buffer.concat([
    u16(runs.length * 2, range, Math.log2(range / 2), runs.length * 2 - range),
    u16(...runs.map(({ end }) => end)), u16(0), u16(...runs.map(({ start }) => start)),
    u16(...runs.map(({ delta }) => delta)), u16(...runs.map(() => 0)),
  ]);
  return Buffer.concat([u16(0, 1, 3, 1), u32(12), u16(4, body.length + 6, 0), body]);
}

function names(entries) {
  const texts = entries.map(([id, text]) => [id, Buffer.from(text, "utf16le").swap16()]);
  let offset = 0;
  const records = texts.map(([id, text]) => {
    const record = u16(3, 1, 0x409, id, text.length, offset);
    offset += text.length;
    return record;
  });
  return Buffer.concat([u16(0, texts.length, 6 + texts.length * 12), ...records, ...texts.map(([, text]) => text)]);
}

function tables() {
  const outlines = all.map(outline);
  const advances = all.map(({ width }) => (width + 1) * PIXEL);
  const offsets = [0];
  for (const { data } of outlines) offsets.push(offsets.at(-1) + data.length);
  const box = [0, 1, 2, 3].map((side) => (side < 2 ? Math.min : Math.max)(...outlines.map(({ box }) => box[side])));
  const widest = Math.max(...advances);
  const [up, down] = [ASCENT * PIXEL, DESCENT * PIXEL];
  return {
    "OS/2": Buffer.concat([
      u16(4, 500, 400, 5, 0, 650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0), Buffer.alloc(10), u32(1, 0, 0, 0), Buffer.from("TILL"),
      u16(0x40, ordered[0].code, ordered.at(-1).code, up, -down, 0, up, down), u32(1, 0), u16(500, 700, 0, 32, 2),
    ]),
    cmap: characterMap(),
    glyf: Buffer.concat(outlines.map(({ data }) => data)),
    head: Buffer.concat([u32(0x10000, 0x10000, 0, 0x5f0f3cf5), u16(3, 10 * PIXEL), Buffer.alloc(16), u16(...box, 0, 8, 2, 1, 0)]),
    hhea: Buffer.concat([u32(0x10000), u16(up, -down, 0, widest, 0, 0, box[2], 1, 0, 0, 0, 0, 0, 0, 0, all.length)]),
    hmtx: u16(...all.flatMap((_, at) => [advances[at], outlines[at].box[0]])),
    loca: u32(...offsets),
    maxp: Buffer.concat([u32(0x10000), u16(all.length, Math.max(...outlines.map(({ points }) => points)), Math.max(...outlines.map(({ contours }) => contours)), 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)]),
    name: names([[1, "Tillbell Pixel"], [2, "Regular"], [3, "Tillbell Pixel 1"], [4, "Tillbell Pixel"], [5, "Version 1.0"], [6, "TillbellPixel"]]),
    post: Buffer.concat([u32(0x30000, 0), u16(-100, 50), u32(0, 0, 0, 0, 0)]),
  };
}

const padded = (data) => Buffer.concat([data, Buffer.alloc(-data.length & 3)]);

function checksum(data) {
  let sum = 0;
  const whole = padded(data);
  for (let at = 0; at < whole.length; at += 4) sum = (sum + whole.readUInt32BE(at)) >>> 0;
  return sum;
}

function woff(entries) {
  const packed = entries.map(([tag, data]) => {
    const small = deflateSync(data, { level: 9 });
    return { tag, data, stored: small.length < data.length ? small : data };
  });
  let offset = 44 + packed.length * 20;
  const directory = packed.map(({ tag, data, stored }) => {
    const entry = Buffer.concat([Buffer.from(tag), u32(offset, stored.length, data.length, checksum(data))]);
    offset += padded(stored).length;
    return entry;
  });
  const unpacked = 12 + packed.length * 16 + packed.reduce((sum, { data }) => sum + padded(data).length, 0);
  const header = Buffer.concat([Buffer.from("wOFF"), u32(0x10000, offset), u16(packed.length, 0), u32(unpacked), u16(1, 0), u32(0, 0, 0, 0, 0)]);
  return Buffer.concat([header, ...directory, ...packed.map(({ stored }) => padded(stored))]);
}

writeFileSync(new URL("pixel.woff", import.meta.url), woff(Object.entries(tables())));
