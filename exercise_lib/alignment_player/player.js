// The player itself: takes to switch between, a stage to scrub on, sound. Also a page of its own.

const NUDGE_KEYS = { ArrowLeft: -1, ArrowRight: 1 };

/** A reading that is still being decoded: columns and frames that came, and how many are drawn. */
class Growing {
  constructor({ label, text, seconds_per_step, expected, n_mels, ticks }, colours) {
    this.colours = colours;
    this.columns = [];
    this.frames = []; // the frames of a decoder step, one behind the other
    this.drawn = 0;
    this.total = null; // decoder steps, once the decoder has stopped
    this.next = null; // the finished takes, once they are there
    this.started = performance.now();
    this.take = {
      label, ticks, seconds_per_step, expected,
      note: "", text: Array.from(text), nMels: n_mels, mel: null, values: new Float32Array(0),
      has_energies: true, truth: null, duration: 0, sound: null, shape: [1, 0, 0],
    };
  }

  /** Take over what has come until `now` at the speed of speech; true if there is something new. */
  advance(now) {
    const due = Math.floor((now - this.started) / 1000 / this.take.seconds_per_step);
    const steps = Math.min(due, this.columns.length);
    if (steps <= this.drawn) return false;
    const { take } = this;
    const nEncoder = take.text.length;
    this.drawn = steps;
    take.shape = [1, steps, nEncoder];
    take.values = new Float32Array(steps * nEncoder);
    this.columns.slice(0, steps).forEach((column, i) => take.values.set(column, i * nEncoder));
    const frames = this.frames.slice(0, steps).flatMap((levels) => [...levels]);
    take.mel = raster(this.colours.mel, frames.length / take.nMels, take.nMels,
      (x, y) => frames[x * take.nMels + y] / 255);
    take.duration = steps * take.seconds_per_step;
    return true;
  }

  get complete() {
    return this.next !== null && this.drawn >= this.columns.length;
  }

  get endTime() {
    const { seconds_per_step: seconds, expected } = this.take;
    if (this.total !== null) return this.total * seconds;
    return Math.max(expected, this.columns.length * seconds);
  }
}

/**
 * Build a player inside `root`; it is empty until something is shown.
 * @param options.onChange told { take, temperature, head } when the reader changed one of them
 * @param options.around height in pixels of what must be seen together with the player
 * @param options.keys what else the keyboard does
 * @param options.rail where the takes are, if not in the player itself
 */
function mount(root, { onChange = () => {}, around = () => 0, keys = "", rail = null } = {}) {
  const state = {
    take: 0, time: 0, temperature: 1, head: -1, weights: null, sound: null, frame: 0, at: null,
  };
  let takes = [], takeButtons = [], growing = null, colours = null;

  const sound = make("audio", { preload: "auto" });
  const play = make("button", { type: "button", class: "play" }, "\u25b6 play");
  const truth = make("input", { type: "checkbox", class: "truth" });
  const follow = make("input", { type: "checkbox", class: "follow" });
  const temperature = make("input", {
    type: "range", class: "temperature", min: -1, max: 1, step: 0.05, value: 0,
    "aria-label": "temperature of the picture",
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
  const temperatureLabel = make("label", {}, "temperature of the picture", temperature,
    temperatureValue);
  const headsLabel = make("label", {}, "heads", heads);
  const takeRow = make("div", { class: "takes", role: "group", "aria-label": "Takes" });
  const heading = make("div", { class: "heading" });
  const main = make("div", { class: "main" },
    heading,
    make("div", { class: "reading" }, play, text),
    stage,
    make("div", { class: "controls" }, announcement, status),
    make("div", { class: "controls" }, truthLabel, make("label", {}, follow, "draw as it plays"),
      temperatureLabel, headsLabel),
    make("div", { class: "keys" },
      "space: play or pause \u00b7 \u2190 \u2192: one decoder step \u00b7 Home, End \u00b7 1\u20139: take " +
      `\u00b7 drag the picture to scrub${keys}`));
  const board = make("div", { class: "board" }, main);
  const container = make("div", {
    class: "alignment-player", role: "group", "aria-label": "Alignment player",
  }, board, sound);
  (rail ?? board).prepend(takeRow);
  heading.hidden = true;
  root.replaceChildren(container);
  keepKeys(container);

  const take = () => growing?.take ?? takes[state.take];
  const endTime = () => growing
    ? growing.endTime
    : Math.max(take().shape[1] * take().seconds_per_step, take().duration);
  const stepAt = (time) => Math.max(0,
    Math.min(Math.floor(time / take().seconds_per_step + 1e-6), take().shape[1] - 1));
  const truthShown = () => truth.checked && take().truth !== null;
  const shownTemperature = () => (take().has_energies ? state.temperature : 1);

  // -------------------------------------------------------------- drawing
  function column(step) {
    const nEncoder = take().shape[2];
    return state.weights.subarray(step * nEncoder, (step + 1) * nEncoder);
  }

  function spareHeight() {
    return window.innerHeight - around() - (main.offsetHeight - stage.offsetHeight) - 24;
  }

  function drawAll() {
    const width = stage.clientWidth;
    if (width < 50 || !take()?.shape[1]) return;
    const [, nDecoder, nEncoder] = take().shape;
    state.weights = attentionWeights(take(), shownTemperature(), state.head);
    state.at = layout(width, Math.min(spareHeight(), 0.62 * width), take());
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [panels, cursor]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(state.at.height * ratio);
      canvas.style.height = `${state.at.height}px`;
      canvas.getContext("2d").scale(ratio, ratio);
    }
    const picture = raster(colours.alignment, nDecoder, nEncoder,
      (x, y) => state.weights[x * nEncoder + y]);
    drawPanels(panels.getContext("2d"), state.at, take(), colours, picture, truthShown(), endTime());
    const score = take().truth && scores(state.weights, nEncoder, take().truth);
    const found = score
      ? `mass within 1 character ${score.mass.toFixed(2)}, rc ${score.rc.toFixed(2)}`
      : take().note;
    announcement.textContent = found ? `${take().label}: ${found}` : take().label;
    drawTime();
  }

  function drawTime() {
    if (!state.at) return;
    const step = stepAt(state.time);
    const weights = column(step);
    const position = weights.indexOf(Math.max(...weights));
    drawCursor(cursor.getContext("2d"), state.at, take(), colours, state.time, endTime(), position,
      follow.checked && !growing);
    [...text.children].forEach((letter, i) => {
      letter.style.backgroundColor = shade(colours.weight, weights[i]);
      letter.style.color = weights[i] > 0.55 ? PAPER : INK;
      letter.classList.toggle("lit", i === position);
      letter.classList.toggle("true", truthShown() && i === Math.round(take().truth[step]));
    });
    const of = growing ? "" : ` of ${take().shape[1] - 1}`;
    const said = `step ${step}${of}, ${state.time.toFixed(2)} s, ` +
      `reads \u201c${shown(take().text[position])}\u201d with weight ${weights[position].toFixed(2)}`;
    status.textContent = said;
    stage.setAttribute("aria-valuenow", step);
    stage.setAttribute("aria-valuemax", take().shape[1] - 1);
    stage.setAttribute("aria-valuetext", said);
  }

  function spellText() {
    text.setAttribute("aria-label", take().text.join(""));
    text.replaceChildren(...take().text.map((character) => make("span", {}, character)));
  }

  // -------------------------------------------------------------- sound and time
  function seek(time) {
    state.time = Math.min(Math.max(time, 0), endTime());
    sound.currentTime = Math.min(state.time, take().duration);
    drawTime();
  }

  function tick() {
    if (growing) return;
    state.time = sound.currentTime;
    drawTime();
    if (!sound.paused) state.frame = requestAnimationFrame(tick);
  }

  function start() {
    sound.play().catch((error) => {
      if (error.name === "AbortError") return; // a new reading began
      status.textContent = `The sound does not play: ${error.message}`;
    });
  }

  function toggle() {
    if (growing) return hurry();
    if (!sound.paused) return sound.pause();
    if (state.time >= take().duration - 0.01) seek(0);
    start();
  }

  // -------------------------------------------------------------- a reading that grows
  /** A reading begins: from now on columns come, and are drawn at the speed of speech. */
  function begin(reading) {
    sound.pause();
    cancelAnimationFrame(state.frame);
    growing = new Growing(reading, colours);
    takeRow.classList.add("waiting");
    state.time = 0;
    state.head = -1;
    spellText();
    play.textContent = "\u25b6\u25b6 skip";
    grow(growing.started);
  }

  function grow(now) {
    if (!growing) return;
    if (growing.advance(now)) {
      state.time = growing.take.duration;
      drawAll();
    }
    if (growing.complete) {
      const { next } = growing;
      stopGrowing();
      replace(next);
      state.time = 0;
      start();
    } else {
      state.frame = requestAnimationFrame(grow);
    }
  }

  function hurry() {
    growing.started = -Infinity;
  }

  function stopGrowing() {
    growing = null;
    takeRow.classList.remove("waiting");
    play.textContent = "\u25b6 play";
  }

  /** A decoder step of the reading that grows: its energies, and its frames' colour levels. */
  function step(energies, levels) {
    growing?.columns.push(energies);
    growing?.frames.push(levels);
  }

  /** The decoder has stopped. */
  function end() {
    if (growing) growing.total = growing.columns.length;
  }

  /** There will be no reading; what was there stays. */
  function cancel() {
    if (!growing) return;
    cancelAnimationFrame(state.frame);
    stopGrowing();
    showTake();
  }

  // -------------------------------------------------------------- takes
  /** Show other takes: at once, or when the reading that grows is drawn to its end. */
  function show(data, view) {
    if (growing) growing.next = { data, view };
    else replace({ data, view });
  }

  function replace({ data, view }) {
    colours = unpackColours(data);
    takes = unpack(data, colours);
    takeButtons = takes.map((it, i) => {
      const [, nDecoder, nEncoder] = it.shape;
      const weights = attentionWeights(it, 1, -1);
      const picture = thumbnail(colours.alignment, weights, nDecoder, nEncoder);
      const button = make("button", { type: "button" }, picture,
        make("span", {}, i < 9 ? `${i + 1} \u00b7 ${it.label}` : it.label));
      button.addEventListener("click", () => choose(i));
      return button;
    });
    const focused = [...takeRow.children].indexOf(document.activeElement);
    takeRow.replaceChildren(...takeButtons);
    takeRow.hidden = takes.length === 1;
    keepKeys(takeRow);
    takeButtons[focused]?.focus();
    Object.assign(state, view);
    setTemperature(state.temperature);
    showTake();
  }

  function showTake() {
    const { sound: source, shape, has_energies: hasEnergies } = take();
    if (source !== state.sound) {
      sound.pause();
      sound.src = source;
      state.sound = source;
      state.time = 0;
    }
    state.time = Math.min(state.time, endTime());
    takeButtons.forEach((b, i) => b.setAttribute("aria-pressed", String(i === state.take)));
    spellText();
    truthLabel.hidden = take().truth === null;
    temperatureLabel.hidden = !hasEnergies;
    headsLabel.hidden = shape[0] === 1;
    heads.replaceChildren(make("option", { value: -1 }, "averaged"),
      ...Array.from({ length: shape[0] }, (_, i) => make("option", { value: i }, `head ${i + 1}`)));
    heads.value = state.head;
    drawAll();
  }

  function setTemperature(value) {
    state.temperature = value;
    temperature.value = Math.log10(value);
    temperatureValue.textContent = value.toFixed(value < 1 ? 2 : 1);
  }

  /** Change what is looked at: any of { take, temperature, head }. */
  function look(view) {
    if (growing || !takes.length) return;
    if (view.take !== undefined && view.take !== state.take && takes[view.take]) {
      state.take = view.take;
      state.head = -1;
      showTake();
    }
    if (view.temperature !== undefined) setTemperature(view.temperature);
    if (view.head !== undefined) heads.value = state.head = view.head;
    drawAll();
  }

  function changed() {
    onChange({ take: state.take, temperature: state.temperature, head: state.head });
  }

  function choose(number) {
    look({ take: number });
    changed();
  }

  // -------------------------------------------------------------- mouse and keys
  function scrub(event) {
    if (growing) return;
    const { left, right } = state.at;
    const x = event.clientX - stage.getBoundingClientRect().left;
    seek(((x - left) / (right - left)) * endTime());
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target } = event;
    const ownsArrows = target === temperature || target === heads;
    const middle = (at) => (at + 0.5) * take().seconds_per_step;
    if (key === " ") toggle();
    else if (growing) return;
    else if (!ownsArrows && key in NUDGE_KEYS) {
      seek(middle(Math.min(Math.max(stepAt(state.time) + NUDGE_KEYS[key], 0), take().shape[1] - 1)));
    } else if (!ownsArrows && key === "Home") seek(0);
    else if (!ownsArrows && key === "End") seek(endTime());
    else if (/^[1-9]$/.test(key) && takes[key - 1]) choose(key - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  for (const place of rail ? [container, takeRow] : [container]) {
    place.addEventListener("keydown", onKey);
    place.addEventListener("keyup", (event) => {
      if (event.key === " ") event.preventDefault(); // else a button with the focus is pressed too
    });
  }
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    scrub(event);
  });
  stage.addEventListener("pointermove", (event) => {
    if (stage.hasPointerCapture(event.pointerId)) scrub(event);
  });
  play.addEventListener("click", toggle);
  truth.addEventListener("change", drawAll);
  follow.addEventListener("change", drawTime);
  temperature.addEventListener("input", () => {
    look({ temperature: 10 ** Number(temperature.value) });
    changed();
  });
  heads.addEventListener("change", () => {
    look({ head: Number(heads.value) });
    changed();
  });
  sound.addEventListener("play", () => {
    if (growing) return;
    play.textContent = "\u275a\u275a pause";
    tick();
  });
  sound.addEventListener("pause", () => { if (!growing) play.textContent = "\u25b6 play"; });
  sound.addEventListener("loadedmetadata", () => { sound.currentTime = state.time; });
  const observer = new ResizeObserver(() => {
    if (stage.clientWidth !== state.at?.width) drawAll();
  });
  observer.observe(stage);
  window.addEventListener("resize", drawAll);

  return {
    show, look, begin, step, end, cancel,
    showTruth() {
      truth.checked = true;
      drawAll();
    },
    head(line) {
      heading.textContent = line;
      heading.hidden = !line;
      drawAll();
    },
    focus() { stage.focus(); },
    redraw: drawAll,
    remove() {
      growing = null;
      observer.disconnect();
      window.removeEventListener("resize", drawAll);
      sound.pause();
      cancelAnimationFrame(state.frame);
      root.replaceChildren();
    },
  };
}
