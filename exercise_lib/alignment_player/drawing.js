// What the player and the stage draw with: numbers, takes, colours, canvases.

const INK = "#111", PAPER = "#fff";
const NOT_YET = "#e6e6e6"; // what is still to come
const FONT = 'system-ui, "DejaVu Sans", sans-serif';

// ---------------------------------------------------------------- numbers
/** Softmax of each row of n values, after division by the temperature. */
function softmaxRows(energies, n, temperature) {
  const weights = new Float32Array(energies.length);
  for (let row = 0; row < energies.length; row += n) {
    const greatest = Math.max(...energies.subarray(row, row + n));
    let sum = 0;
    for (let i = row; i < row + n; i++) {
      weights[i] = Math.exp((energies[i] - greatest) / temperature);
      sum += weights[i];
    }
    for (let i = row; i < row + n; i++) weights[i] /= sum;
  }
  return weights;
}

/** Weights (T_dec, T_enc) of a take, of one head or (head = -1) averaged over all of them. */
function attentionWeights(take, temperature, head) {
  const [heads, nDecoder, nEncoder] = take.shape;
  const size = nDecoder * nEncoder;
  const all = take.has_energies
    ? softmaxRows(take.values, nEncoder, temperature)
    : take.values;
  if (head >= 0) return all.subarray(head * size, (head + 1) * size);
  const mean = new Float32Array(size);
  for (let i = 0; i < all.length; i++) mean[i % size] += all[i] / heads;
  return mean;
}

/** Attention within one character of the truth, and the correlation with it beyond a line. */
function scores(weights, nEncoder, truth) {
  const steps = truth.length;
  const a = [], b = [];
  let near = 0;
  for (let t = 0; t < steps; t++) {
    let centroid = 0;
    for (let j = 0; j < nEncoder; j++) {
      const weight = weights[t * nEncoder + j];
      centroid += j * weight;
      if (Math.abs(j - truth[t]) <= 1) near += weight;
    }
    const line = steps > 1 ? ((nEncoder - 1) * t) / (steps - 1) : 0;
    a.push(centroid - line);
    b.push(truth[t] - line);
  }
  const mean = (x) => x.reduce((sum, v) => sum + v, 0) / steps;
  const dot = (x, y) => {
    const mx = mean(x), my = mean(y);
    return x.reduce((sum, v, i) => sum + (v - mx) * (y[i] - my), 0);
  };
  return { mass: near / steps, rc: dot(a, b) / Math.max(Math.sqrt(dot(a, a) * dot(b, b)), 1e-9) };
}

// ---------------------------------------------------------------- pictures
/** A colour "#rrggbb" as it is on white when only a share of it, 0..1, is put there. */
function shade(colour, share) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${parts.map((c) => Math.round(255 - share * (255 - c))).join(", ")})`;
}

/** The colours of what payload_of (take.py) returns, made ready to draw with. */
function unpackColours({ colours }) {
  return { ...colours, alignment: bytes(colours.alignment), mel: bytes(colours.mel) };
}

/** The takes of what payload_of (take.py) returns, made ready to be drawn. */
function unpack(data, colours) {
  const mels = data.mels.map(({ n_mels: nMels, levels, ticks }) => {
    const values = bytes(levels);
    const frames = values.length / nMels;
    const mel = raster(colours.mel, frames, nMels, (x, y) => values[y * frames + x] / 255);
    return { nMels, ticks, mel };
  });
  return data.takes.map((take) => ({
    ...take,
    text: Array.from(take.text),
    values: new Float32Array(bytes(take.attention).buffer),
    ...(take.mel === null ? { nMels: 0, mel: null, ticks: [] } : mels[take.mel]),
    sound: `data:${data.sound_type};base64,${data.sounds[take.sound]}`,
  }));
}

/** A small picture of an alignment: the largest weight in each of at most 36 x 18 fields. */
function thumbnail(map, weights, nDecoder, nEncoder) {
  const width = Math.min(36, nDecoder), height = Math.min(18, nEncoder);
  const fields = new Float32Array(width * height);
  weights.forEach((weight, i) => {
    const x = Math.floor(((Math.floor(i / nEncoder) + 0.5) * width) / nDecoder);
    const y = Math.floor((((i % nEncoder) + 0.5) * height) / nEncoder);
    fields[y * width + x] = Math.max(fields[y * width + x], weight);
  });
  return raster(map, width, height, (x, y) => fields[y * width + x]);
}

/**
 * Where things are, in CSS pixels.
 * @param height what the screen leaves for the picture, so that all of the player is seen at once
 */
function layout(width, height, take) {
  const type = Math.min(Math.max(width / 56, window.innerWidth / 90, 16), 30);
  const left = 7.6 * type, right = width - 5.4 * type, top = 2.1 * type;
  const gap = take.nMels ? 0.7 * type : 0;
  const panels = Math.max(height - top - gap - 2.2 * type, take.nMels ? 300 : 220);
  const mel = take.nMels ? Math.max(0.26 * panels, 5.4 * type) : 0;
  const bottom = top + panels - mel;
  const melTop = bottom + gap, melBottom = melTop + mel;
  return { type, left, right, top, bottom, melTop, melBottom, width, height: melBottom + 2.2 * type };
}

function niceStep(range, most) {
  const rough = range / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
}

function shown(character) {
  return character === " " ? "\u2423" : character;
}

function inHertz(frequency) {
  return frequency < 1000 ? String(frequency) : `${frequency / 1000}k`;
}

/** Write round frequencies beside a mel, from the lowest up, where they don't overlap. */
function drawBands(context, say, { ticks, nMels }, left, top, height, type) {
  let above = Infinity;
  for (const [frequency, band] of ticks) {
    const y = top + height - ((band + 0.5) / nMels) * height;
    if (frequency === 0 || above - y < 1.12 * type || y < top + 0.4 * type) continue;
    above = y;
    say(`${inHertz(frequency)}Hz`, left - 0.4 * type, y, "right");
    context.fillRect(left - 0.28 * type, y, 0.28 * type, 1);
  }
}

/** Draw alignment, mel, axes and colour scale. */
function drawPanels(context, at, take, colours, picture, showTruth, endTime) {
  const { type, left, right, top, bottom, melTop, melBottom } = at;
  const [, nDecoder, nEncoder] = take.shape;
  const x = (seconds) => left + (seconds / endTime) * (right - left);
  const row = (bottom - top) / nEncoder;
  const say = (text, px, py, size, align, baseline = "middle") => {
    context.font = `${size}px ${FONT}`;
    context.textAlign = align;
    context.textBaseline = baseline;
    context.fillText(text, px, py);
  };
  const sayUpwards = (text, px, py) => {
    context.save();
    context.translate(px, py);
    context.rotate(-Math.PI / 2);
    say(text, 0, 0, type, "center");
    context.restore();
  };
  const line = (x1, y1, x2, y2) => {
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  };

  context.fillStyle = PAPER;
  context.fillRect(0, 0, at.width, at.height);
  context.fillStyle = NOT_YET;
  context.fillRect(left, top, right - left, bottom - top);
  if (take.nMels) context.fillRect(left, melTop, right - left, melBottom - melTop);
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, left, top, x(nDecoder * take.seconds_per_step) - left, bottom - top);
  if (take.nMels) context.drawImage(take.mel, left, melTop, x(take.duration) - left, melBottom - melTop);

  context.strokeStyle = context.fillStyle = INK;
  context.lineWidth = 1.5;
  context.strokeRect(left, top, right - left, bottom - top);
  if (take.nMels) context.strokeRect(left, melTop, right - left, melBottom - melTop);
  [...take.text].forEach((character, i) => {
    const y = bottom - (i + 0.5) * row;
    say(shown(character), left - 0.4 * type, y, Math.min(type, 1.05 * row), "right");
    line(left - 4, y, left, y);
  });
  const isTall = bottom - top > 13 * type;
  sayUpwards(isTall ? "character (encoder step)" : "character", 0.8 * type, (top + bottom) / 2);
  if (take.nMels) {
    sayUpwards("mel (Hz)", 0.8 * type, (melTop + melBottom) / 2);
    let above = -Infinity;
    for (const [frequency, band] of [...take.ticks].reverse()) {
      const y = melBottom - ((band + 0.5) / take.nMels) * (melBottom - melTop);
      if (frequency === 0 || y - above < 0.9 * type) continue;
      above = Math.max(y, melTop);
      line(left - 5, above, left, above);
      say(inHertz(frequency), left - 0.5 * type, above, 0.9 * type, "right");
    }
  }

  const allSteps = Math.round(endTime / take.seconds_per_step);
  const everySteps = niceStep(allSteps, 10);
  for (let step = 0; step < allSteps; step += everySteps) {
    const px = x((step + 0.5) * take.seconds_per_step);
    say(String(step), px, top - 0.9 * type, type, "center");
    line(px, top - 5, px, top);
  }
  say("decoder step", left - 0.6 * type, top - 0.9 * type, type, "right");
  const everySeconds = niceStep(endTime, 8);
  for (let i = 0; i * everySeconds <= endTime; i++) {
    const seconds = i * everySeconds;
    say(seconds.toFixed(everySeconds < 1 ? 1 : 0), x(seconds), melBottom + type, type, "center");
    line(x(seconds), melBottom, x(seconds), melBottom + 5);
  }
  say("time (s)", left - 1.4 * type, melBottom + type, type, "right");

  const scale = raster(colours.alignment, 1, 64, (_, y) => y / 63);
  const bar = right + type;
  context.drawImage(scale, bar, top, type, bottom - top);
  context.strokeRect(bar, top, type, bottom - top);
  for (const value of [0, 0.5, 1]) {
    say(String(value), bar + 1.4 * type, bottom - value * (bottom - top), type, "left");
  }
  sayUpwards("attention weight", bar + 4 * type, (top + bottom) / 2);

  if (showTruth) drawTruth(context, take, colours, x, bottom, row, 1);
}

/**
 * Draw when each character really sounds, a line in steps with a dark edge.
 * @param x of seconds; bottom, row: where the first character begins, and how high each is
 * @param size of the line, 1 in the player
 */
function drawTruth(context, take, colours, x, bottom, row, size) {
  context.beginPath();
  take.truth.forEach((position, step) => {
    const y = bottom - (position + 0.5) * row;
    context.lineTo(x(step * take.seconds_per_step), y);
    context.lineTo(x((step + 1) * take.seconds_per_step), y);
  });
  context.lineJoin = "round";
  for (const [width, colour] of [[5, colours.truth_edge], [2.5, colours.truth]]) {
    context.lineWidth = width * size;
    context.strokeStyle = colour;
    context.stroke();
  }
}

/** Draw the cursor, the character that is read, and (if asked) hide what is still to come. */
function drawCursor(context, at, take, colours, time, endTime, position, hideFuture) {
  const { type, left, right, top, bottom, melBottom } = at;
  const px = left + (time / endTime) * (right - left);
  context.clearRect(0, 0, at.width, at.height);
  if (hideFuture) {
    context.fillStyle = NOT_YET;
    context.fillRect(px, top, right - px, bottom - top);
    if (take.nMels) context.fillRect(px, at.melTop, right - px, melBottom - at.melTop);
  }
  for (const [width, colour] of [[7, colours.cursor_edge], [4, colours.cursor]]) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(px, top - 6);
    context.lineTo(px, melBottom + 6);
    context.stroke();
  }
  const size = 1.9 * type;
  const row = (bottom - top) / take.shape[2];
  const inside = Math.min(bottom - (position + 0.5) * row, bottom - 0.6 * size);
  const y = Math.max(inside, top + 0.6 * size);
  context.fillStyle = INK;
  context.fillRect(left - 2.3 * type, y - 0.6 * size, 2.1 * type, 1.2 * size);
  context.fillStyle = PAPER;
  context.font = `bold ${size}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(shown(take.text[position]), left - 1.25 * type, y);
}
