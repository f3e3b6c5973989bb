// The alignment player: a widget (render) and a page of its own (mount). No dependencies.

const VIRIDIS = [
  [68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140],
  [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37],
];
const CURSOR = "#d55e00";
const NUDGE_KEYS = { ArrowLeft: -1, ArrowRight: 1 };

// ---------------------------------------------------------------- numbers
/** Colour of a value in 0..1 as [r, g, b]. */
function viridis(value) {
  const at = Math.min(Math.max(value, 0), 1) * (VIRIDIS.length - 1);
  const i = Math.min(Math.floor(at), VIRIDIS.length - 2);
  return VIRIDIS[i].map((c, k) => Math.round(c + (at - i) * (VIRIDIS[i + 1][k] - c)));
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

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
/** A canvas with one pixel per value; `level(x, y)` gives 0..1, y counts upwards. */
function raster(width, height, level) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      image.data.set([...viridis(level(x, y)), 255], 4 * ((height - 1 - y) * width + x));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Where things are, in CSS pixels, for a player of this width; it should fit on one screen. */
function layout(width, take) {
  const type = Math.min(Math.max(width / 62, 15), 30);
  const left = 5.2 * type, right = width - 5.6 * type, top = 3.4 * type;
  const tall = (ofWidth, ofScreen, least) =>
    Math.max(Math.min(ofWidth * width, ofScreen * window.innerHeight), least);
  const bottom = top + tall(0.5, 0.4, 260);
  const melTop = bottom + 0.9 * type;
  const melBottom = take.mel === null ? bottom : melTop + tall(0.13, 0.12, 80);
  return { type, left, right, top, bottom, melTop, melBottom, width, height: melBottom + 3.4 * type };
}

function niceStep(range, most) {
  const rough = range / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
}

function shown(character) {
  return character === " " ? "\u2423" : character;
}

/** Draw alignment, mel, axes and colour scale. */
function drawPanels(context, at, take, picture, mel, showTruth, endTime) {
  const { type, left, right, top, bottom, melTop, melBottom } = at;
  const [, nDecoder, nEncoder] = take.shape;
  const x = (seconds) => left + (seconds / endTime) * (right - left);
  const row = (bottom - top) / nEncoder;
  const say = (text, px, py, size, align, baseline = "middle") => {
    context.font = `${size}px system-ui, "DejaVu Sans", sans-serif`;
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

  context.fillStyle = "#fff";
  context.fillRect(0, 0, at.width, at.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, left, top, x(nDecoder * take.seconds_per_step) - left, bottom - top);
  if (mel) context.drawImage(mel, left, melTop, x(take.duration) - left, melBottom - melTop);

  context.strokeStyle = context.fillStyle = "#111";
  context.lineWidth = 1.5;
  context.strokeRect(left, top, right - left, bottom - top);
  if (mel) context.strokeRect(left, melTop, right - left, melBottom - melTop);
  [...take.text].forEach((character, i) => {
    const y = bottom - (i + 0.5) * row;
    say(shown(character), left - 0.4 * type, y, Math.min(type, 1.05 * row), "right");
    line(left - 4, y, left, y);
  });
  sayUpwards("character (encoder step)", 0.8 * type, (top + bottom) / 2);
  if (mel) sayUpwards("mel band", 0.8 * type, (melTop + melBottom) / 2);
  if (mel) say(String(take.nMels), left - 0.4 * type, melTop + 0.5 * type, type, "right");
  if (mel) say("0", left - 0.4 * type, melBottom - 0.5 * type, type, "right");

  const everySteps = niceStep(nDecoder, 10);
  for (let step = 0; step < nDecoder; step += everySteps) {
    const px = x((step + 0.5) * take.seconds_per_step);
    say(String(step), px, top - 0.9 * type, type, "center");
    line(px, top - 5, px, top);
  }
  say("decoder step", (left + right) / 2, 1.0 * type, type, "center");
  const everySeconds = niceStep(endTime, 8);
  for (let i = 0; i * everySeconds <= endTime; i++) {
    const seconds = i * everySeconds;
    say(seconds.toFixed(everySeconds < 1 ? 1 : 0), x(seconds), melBottom + type, type, "center");
    line(x(seconds), melBottom, x(seconds), melBottom + 5);
  }
  say("time (s)", (left + right) / 2, melBottom + 2.4 * type, type, "center");

  const scale = raster(1, 64, (_, y) => y / 63);
  const bar = right + type;
  context.drawImage(scale, bar, top, type, bottom - top);
  context.strokeRect(bar, top, type, bottom - top);
  for (const value of [0, 0.5, 1]) {
    say(String(value), bar + 1.4 * type, bottom - value * (bottom - top), type, "left");
  }
  sayUpwards("attention weight", bar + 4 * type, (top + bottom) / 2);

  if (showTruth) {
    context.beginPath();
    take.truth.forEach((position, step) => {
      const y = bottom - (position + 0.5) * row;
      context.lineTo(x(step * take.seconds_per_step), y);
      context.lineTo(x((step + 1) * take.seconds_per_step), y);
    });
    context.lineJoin = "round";
    for (const [width, colour] of [[5, "#111"], [2.5, "#fff"]]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.stroke();
    }
  }
}

/** Draw the cursor, the character that is read, and (if asked) hide what is still to come. */
function drawCursor(context, at, take, time, endTime, position, hideFuture) {
  const { type, left, right, top, bottom, melBottom } = at;
  const px = left + (time / endTime) * (right - left);
  context.clearRect(0, 0, at.width, at.height);
  if (hideFuture) {
    context.fillStyle = "rgb(230, 230, 230)";
    context.fillRect(px, top, right - px, bottom - top);
    if (take.mel !== null) context.fillRect(px, at.melTop, right - px, melBottom - at.melTop);
  }
  for (const [width, colour] of [[7, "#fff"], [4, CURSOR]]) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(px, top - 6);
    context.lineTo(px, melBottom + 6);
    context.stroke();
  }
  const y = bottom - (position + 0.5) * ((bottom - top) / take.shape[2]);
  const size = 1.9 * type;
  context.fillStyle = "#111";
  context.fillRect(left - 2.3 * type, y - 0.6 * size, 2.1 * type, 1.2 * size);
  context.fillStyle = "#fff";
  context.font = `bold ${size}px system-ui, "DejaVu Sans", sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(shown(take.text[position]), left - 1.25 * type, y);
}

// ---------------------------------------------------------------- page
/** An element with attributes and children: `make("button", { class: "play" }, "play")`. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Build a player inside `root`.
 * @param data what _payload of __init__.py returns
 * @param onTake told the number of a take that the reader chose
 * @returns `select(number)` to show a take, `remove()` to stop and tidy up
 */
export function mount(root, data, onTake = () => {}) {
  const takes = data.takes.map((take) => ({
    ...take,
    text: Array.from(take.text),
    values: new Float32Array(bytes(take.attention).buffer),
    nMels: take.mel === null ? 0 : data.mels[take.mel].n_mels,
  }));
  const mels = data.mels.map(({ n_mels: nMels, levels }) => {
    const values = bytes(levels);
    const frames = values.length / nMels;
    return raster(frames, nMels, (x, y) => values[y * frames + x] / 255);
  });
  const state = { take: 0, time: 0, head: -1, weights: null, sound: -1, frame: 0, at: null };

  const sound = make("audio", { preload: "auto" });
  const play = make("button", { type: "button", class: "play" }, "\u25b6 play");
  const takeButtons = takes.map((take, i) =>
    make("button", { type: "button" }, i < 9 ? `${i + 1} \u00b7 ${take.label}` : take.label));
  const truth = make("input", { type: "checkbox", class: "truth" });
  const follow = make("input", { type: "checkbox", class: "follow" });
  const temperature = make("input", {
    type: "range", class: "temperature", min: -1, max: 1, step: 0.05, value: 0,
    "aria-label": "temperature",
  });
  const temperatureValue = make("output", {}, "1.0");
  const heads = make("select", { class: "heads", "aria-label": "heads" });
  const text = make("div", { class: "text", role: "img" });
  const panels = make("canvas", { class: "panels" });
  const cursor = make("canvas", { class: "cursor" });
  const stage = make("div", {
    class: "stage", tabindex: 0, role: "slider", "aria-label": "Position in the utterance",
    "aria-valuemin": 0,
  }, panels, cursor);
  const status = make("div", { class: "now" });
  const announcement = make("div", { class: "score", role: "status" });
  const truthLabel = make("label", {}, truth, "ground truth");
  const temperatureLabel = make("label", {}, "temperature", temperature, temperatureValue);
  const headsLabel = make("label", {}, "heads", heads);
  const takeRow = make("div", { class: "controls takes", role: "group", "aria-label": "Takes" },
    ...takeButtons);
  const container = make("div", {
    class: "alignment-player", role: "group", "aria-label": "Alignment player",
  },
  takeRow,
  make("div", { class: "controls" }, play, truthLabel,
    make("label", {}, follow, "draw as it plays"), temperatureLabel, headsLabel),
  text, stage, make("div", { class: "controls" }, status, announcement),
  make("div", { class: "keys" },
    "space: play or pause \u00b7 \u2190 \u2192: one decoder step \u00b7 Home, End \u00b7 1\u20139: take \u00b7 drag the picture to scrub"),
  sound);
  root.replaceChildren(container);
  // JupyterLab and Notebook look for this on the element with the focus before they take its keys
  for (const element of container.querySelectorAll("[tabindex], button, input, select")) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  const take = () => takes[state.take];
  const endTime = () => Math.max(take().shape[1] * take().seconds_per_step, take().duration);
  const stepAt = (time) =>
    Math.min(Math.floor(time / take().seconds_per_step + 1e-6), take().shape[1] - 1);
  const truthShown = () => truth.checked && take().truth !== null;
  const degrees = () => 10 ** Number(temperature.value);

  function column(step) {
    const nEncoder = take().shape[2];
    return state.weights.subarray(step * nEncoder, (step + 1) * nEncoder);
  }

  function drawAll() {
    const width = container.clientWidth - 32;
    if (width < 50) return;
    const [, nDecoder, nEncoder] = take().shape;
    state.weights = attentionWeights(take(), degrees(), state.head);
    state.at = layout(width, take());
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [panels, cursor]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(state.at.height * ratio);
      canvas.style.height = `${state.at.height}px`;
      canvas.getContext("2d").scale(ratio, ratio);
    }
    const picture = raster(nDecoder, nEncoder, (x, y) => state.weights[x * nEncoder + y]);
    const mel = take().mel === null ? null : mels[take().mel];
    drawPanels(panels.getContext("2d"), state.at, take(), picture, mel, truthShown(), endTime());
    const score = take().truth && scores(state.weights, nEncoder, take().truth);
    announcement.textContent = score
      ? `${take().label}: mass within 1 character ${score.mass.toFixed(2)}, rc ${score.rc.toFixed(2)}`
      : take().label;
    drawTime();
  }

  function drawTime() {
    if (!state.at) return;
    const step = stepAt(state.time);
    const weights = column(step);
    const position = weights.indexOf(Math.max(...weights));
    drawCursor(cursor.getContext("2d"), state.at, take(), state.time, endTime(), position,
      follow.checked);
    [...text.children].forEach((letter, i) => {
      const [r, g, b] = [0, 114, 178].map((c) => Math.round(255 - weights[i] * (255 - c)));
      letter.style.backgroundColor = `rgb(${r}, ${g}, ${b})`;
      letter.style.color = weights[i] > 0.55 ? "#fff" : "#111";
      letter.classList.toggle("lit", i === position);
      letter.classList.toggle("true", truthShown() && i === Math.round(take().truth[step]));
    });
    const said = `step ${step} of ${take().shape[1] - 1}, ${state.time.toFixed(2)} s, ` +
      `reads \u201c${shown(take().text[position])}\u201d with weight ${weights[position].toFixed(2)}`;
    status.textContent = said;
    stage.setAttribute("aria-valuenow", step);
    stage.setAttribute("aria-valuemax", take().shape[1] - 1);
    stage.setAttribute("aria-valuetext", said);
  }

  function seek(time) {
    state.time = Math.min(Math.max(time, 0), endTime());
    sound.currentTime = Math.min(state.time, take().duration);
    drawTime();
  }

  function tick() {
    state.time = sound.currentTime;
    drawTime();
    if (!sound.paused) state.frame = requestAnimationFrame(tick);
  }

  function toggle() {
    if (!sound.paused) return sound.pause();
    if (state.time >= take().duration - 0.01) seek(0);
    sound.play().catch((error) => { status.textContent = `The sound does not play: ${error.message}`; });
  }

  function select(number) {
    if (number === state.take || !takes[number]) return;
    state.take = number;
    showTake();
  }

  function showTake() {
    state.head = -1;
    const { sound: source, shape, has_energies: hasEnergies } = take();
    if (source !== state.sound) {
      sound.pause();
      sound.src = `data:audio/wav;base64,${data.sounds[source]}`;
      state.sound = source;
      state.time = 0;
    }
    state.time = Math.min(state.time, endTime());
    takeButtons.forEach((b, i) => b.setAttribute("aria-pressed", String(i === state.take)));
    text.setAttribute("aria-label", take().text.join(""));
    text.replaceChildren(...take().text.map((character) => make("span", {}, character)));
    truthLabel.hidden = take().truth === null;
    temperatureLabel.hidden = !hasEnergies;
    headsLabel.hidden = shape[0] === 1;
    heads.replaceChildren(make("option", { value: -1 }, "averaged"),
      ...Array.from({ length: shape[0] }, (_, i) => make("option", { value: i }, `head ${i + 1}`)));
    drawAll();
  }

  function choose(number) {
    select(number);
    onTake(state.take);
  }

  function scrub(event) {
    const { left, right } = state.at;
    const x = event.clientX - stage.getBoundingClientRect().left;
    seek(((x - left) / (right - left)) * endTime());
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target } = event;
    const ownsArrows = target === temperature || target === heads;
    const middle = (step) => (step + 0.5) * take().seconds_per_step;
    if (key === " ") toggle();
    else if (!ownsArrows && key in NUDGE_KEYS) {
      seek(middle(Math.min(Math.max(stepAt(state.time) + NUDGE_KEYS[key], 0), take().shape[1] - 1)));
    } else if (!ownsArrows && key === "Home") seek(0);
    else if (!ownsArrows && key === "End") seek(endTime());
    else if (/^[1-9]$/.test(key) && takes[key - 1]) choose(key - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  container.addEventListener("keydown", onKey);
  container.addEventListener("keyup", (event) => {
    if (event.key === " ") event.preventDefault(); // else a button with the focus is pressed too
  });
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    scrub(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (stage.hasPointerCapture(event.pointerId)) scrub(event);
  });
  takeButtons.forEach((button, i) => button.addEventListener("click", () => choose(i)));
  play.addEventListener("click", toggle);
  truth.addEventListener("change", drawAll);
  follow.addEventListener("change", drawTime);
  temperature.addEventListener("input", () => {
    temperatureValue.textContent = degrees().toFixed(degrees() < 1 ? 2 : 1);
    drawAll();
  });
  heads.addEventListener("change", () => {
    state.head = Number(heads.value);
    drawAll();
  });
  sound.addEventListener("play", () => {
    play.textContent = "\u275a\u275a pause";
    tick();
  });
  sound.addEventListener("pause", () => { play.textContent = "\u25b6 play"; });
  sound.addEventListener("loadedmetadata", () => { sound.currentTime = state.time; });
  const observer = new ResizeObserver(() => {
    if (container.clientWidth - 32 !== state.at?.width) drawAll();
  });
  observer.observe(container);

  takeRow.hidden = takes.length === 1;
  showTake();
  return {
    select,
    remove() {
      observer.disconnect();
      sound.pause();
      cancelAnimationFrame(state.frame);
      root.replaceChildren();
    },
  };
}

function render({ model, el }) {
  let player;
  const build = () => {
    player?.remove();
    player = mount(el, model.get("_takes"), (number) => {
      model.set("take", number);
      model.save_changes();
    });
    player.select(model.get("take"));
  };
  const select = () => player.select(model.get("take"));
  build();
  model.on("change:_takes", build);
  model.on("change:take", select);
  return () => {
    model.off("change:_takes", build);
    model.off("change:take", select);
    player.remove();
  };
}

export default { render };
