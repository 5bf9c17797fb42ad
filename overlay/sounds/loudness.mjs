// How loud a sound is to people: ITU-R BS.1770's weighting, over the loudest 400 ms of it. The standard gates a whole
// programme; a strike of a bell has no programme, so its loudest block is what counts.

const BLOCK_S = 0.4;
const STEP_S = 0.1; // blocks overlap by three quarters
const OFFSET_DB = -0.691; // of BS.1770: a full 997 Hz tone in one channel is -3.01

// The standard's two filters, by the analogue values behind its coefficients for 48 kHz, so that any rate will do.
const HEAD = { hz: 1_681.97, q: 0.70718, gain: 3.99984 }; // a head lifts what is high
const DEEP = { hz: 38.1355, q: 0.50033 }; // and hears little of what is deep

function headShelf(rate) {
  const k = Math.tan((Math.PI * HEAD.hz) / rate);
  const high = 10 ** (HEAD.gain / 20);
  const band = high ** 0.49967;
  const norm = 1 + k / HEAD.q + k * k;
  return {
    b: [high + (band * k) / HEAD.q + k * k, 2 * (k * k - high), high - (band * k) / HEAD.q + k * k].map((b) => b / norm),
    a: [(2 * (k * k - 1)) / norm, (1 - k / HEAD.q + k * k) / norm],
  };
}

function highPass(rate) {
  const k = Math.tan((Math.PI * DEEP.hz) / rate);
  const norm = 1 + k / DEEP.q + k * k;
  return { b: [1, -2, 1], a: [(2 * (k * k - 1)) / norm, (1 - k / DEEP.q + k * k) / norm] };
}

function filter(samples, { b, a }) {
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return samples.map((x) => {
    const y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}

/** The loudness of the loudest 400 ms, in LUFS; what is shorter is taken as if silence followed. */
export function measure(samples, rate) {
  const heard = filter(filter(samples, headShelf(rate)), highPass(rate));
  const block = Math.round(BLOCK_S * rate);
  let most = 0;
  for (let from = 0; from === 0 || from + block <= heard.length; from += Math.round(STEP_S * rate)) {
    const power = heard.slice(from, from + block).reduce((sum, sample) => sum + sample * sample, 0) / block;
    most = Math.max(most, power);
  }
  return OFFSET_DB + 10 * Math.log10(most);
}
