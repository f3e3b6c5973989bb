// Mel, waveform and its folds by several periods, of a recording and of a copy, in motion.

const STRETCH = 440; // samples on the screen
const ROOM = 12; // samples to the right of the newest one: its row is still being filled
const SLOW = 100; // samples a second
const BRIGHT = 0.6; // of the loudest sample: what has the last colour
const HOP_MS = 400; // while the sound plays: more often, bright pictures would flicker

/** The samples of a sound, -1 to 1. */
async function decoded(flac, rate) {
  const context = new OfflineAudioContext(1, 1, rate);
  return (await context.decodeAudioData(bytes(flac).buffer)).getChannelData(0);
}

function makeFolds() {
  const panels = make("canvas", { class: "panels" }), moving = make("canvas", { class: "moving" });
  const caption = makeCaption();
  const picture = make("div", { class: "picture" }, panels, moving, caption.caption);
  const clock = make("p", { class: "clock", "aria-hidden": "true" });
  const note = make("p", { class: "note" });
  const sound = new Audio();
  const state = { said: null, shown: [], now: 0, truth: true, captions: false, slow: false, places: null };
  let known = null, colours = null, mel = null, frame = 0;
  facts.then((told) => {
    known = told;
    colours = { mel: bytes(told.mel), fold: bytes(told.fold) };
  });

  const isCopy = () => state.shown.length > 1;
  const length = () => state.shown[0].samples.length;
  const seconds = () => state.now / known.sample_rate;

  // -------------------------------------------------------------- drawing
  /** Where mel, waveform and folds are: below each other, of one width. */
  function places(context, type) {
    context.font = `${type}px ${FONT}`;
    const left = context.measureText("250Hz").width + 0.7 * type, right = picture.clientWidth - 0.5 * type;
    const foot = picture.clientHeight - 1.5 * type, gap = 0.35 * type, top = 0.3 * type;
    const mel = 0.19 * (foot - top), waveform = 0.24 * (foot - top);
    const waveTop = top + mel + 2 * gap, firstFold = waveTop + waveform + gap;
    const high = (foot - firstFold) / known.periods.length;
    return {
      left, right, foot,
      mel: { top, height: mel },
      waveform: { top: waveTop, height: waveform },
      folds: known.periods.map((period, i) => (
        { period, top: firstFold + i * high, height: high - (i + 1 < known.periods.length ? 0.15 * type : 0) })),
    };
  }

  /** The recording's half and the copy's of a panel, or all of it for one sound. */
  function halves({ top, height }) {
    const each = height / state.shown.length;
    return state.shown.map((it, i) => ({ ...it, top: top + i * each, height: each }));
  }

  /** What stays: mel, names and axes. */
  function draw() {
    if (!state.said || picture.clientWidth < 50) return;
    const type = leastType(), context = prepare(panels), say = writer(context, FONT, type);
    const at = state.places = places(context, type), { left, right, foot } = at;
    context.imageSmoothingEnabled = false;
    context.drawImage(mel, left, at.mel.top, right - left, at.mel.height);
    context.fillStyle = css("--still");
    context.fillRect(left, at.waveform.top, right - left, at.waveform.height);
    context.fillStyle = context.strokeStyle = css("--ink");
    context.lineWidth = type / 14;
    for (const { top, height } of [at.mel, at.waveform, ...at.folds]) {
      context.strokeRect(left, top, right - left, height);
    }
    drawBands(context, say, { ticks: state.said.ticks, nMels: state.said.n_mels }, left, at.mel.top, at.mel.height, type);
    for (const [i, { top, height }] of halves(at.waveform).entries()) {
      const names = isCopy() ? ["real", "copy"] : [state.shown[0].isReal ? "real" : "copy"];
      say(names[i], left - 0.4 * type, top + height / 2, "right");
    }
    for (const { period, top, height } of at.folds) {
      say(`p = ${period}`, left - 0.4 * type, top + height / 2, "right");
    }
    const every = niceStep((1000 * STRETCH) / known.sample_rate, (right - left) / (5 * type));
    for (let ms = 0; (ms * known.sample_rate) / 1000 <= STRETCH; ms += every) {
      const x = sampleAt(state.now - (ms * known.sample_rate) / 1000);
      say(ms ? `\u2212${ms}` : "0 ms", Math.min(x, right - 1.3 * type), foot + 0.8 * type, "center");
      context.fillRect(x, foot, type / 14, 0.25 * type);
    }
    drawMoment();
  }

  /** Where a sample is, from left to right. */
  function sampleAt(index) {
    const { left, right } = state.places;
    return left + ((index - state.now + STRETCH) / (STRETCH + ROOM)) * (right - left);
  }

  /** What moves: the place in the mel, the waveform, its folds. */
  function drawMoment() {
    if (!state.places) return;
    const { left, right, mel: band, waveform, folds } = state.places, type = leastType();
    const context = prepare(moving), limit = state.said.limit;
    const place = left + (state.now / length()) * (right - left);
    for (const [width, colour] of [[6, "#000"], [3, css("--cursor")]]) {
      context.fillStyle = colour;
      context.fillRect(place - (width * type) / 48, band.top, (width * type) / 24, band.height);
    }
    context.imageSmoothingEnabled = false;
    for (const half of halves(waveform)) drawWaveform(context, half, limit, type);
    for (const fold of folds) {
      for (const half of halves(fold)) drawFold(context, half, fold.period, limit, type);
    }
    clock.textContent = `${seconds().toFixed(3)} s`;
    picture.dataset.step = Math.floor(state.now);
    if (state.captions) caption.show(state.said.words, seconds());
    else caption.hide();
  }

  function drawWaveform(context, { samples, top, height }, limit, type) {
    const y = (value) => top + height / 2 - (value / limit) * 0.46 * height, newest = Math.floor(state.now);
    context.beginPath();
    for (let i = Math.max(newest - STRETCH, 0); i <= newest; i++) context.lineTo(sampleAt(i), y(samples[i] ?? 0));
    context.strokeStyle = css("--ink");
    context.lineJoin = "round";
    context.lineWidth = type / 10;
    context.stroke();
    for (const [radius, colour] of [[0.3, "#000"], [0.2, css("--cursor")]]) {
      context.fillStyle = colour;
      context.beginPath();
      context.arc(sampleAt(newest), y(samples[newest] ?? 0), radius * type, 0, 7);
      context.fill();
    }
  }

  /** Equation 4.1: sample t is in row t mod p, from the bottom, and in column t / p. */
  function drawFold(context, { samples, top, height }, period, limit, type) {
    const newest = Math.floor(state.now), { left, right } = state.places;
    const first = Math.floor((newest - STRETCH) / period), last = Math.floor(newest / period);
    const map = raster(colours.fold, last - first + 1, period,
      (column, row) => 0.5 + (samples[(first + column) * period + row] ?? 0) / (2 * BRIGHT * limit));
    const row = height / period, width = sampleAt(period) - sampleAt(0), filled = (newest % period) + 1;
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, height);
    context.clip();
    context.fillStyle = css("--still");
    context.fillRect(left, top, right - left, height);
    context.drawImage(map, sampleAt(first * period), top, (last - first + 1) * width, height);
    context.fillRect(sampleAt(last * period), top, width, height - filled * row);
    for (const [line, colour] of [[0.2, "#000"], [0.1, css("--cursor")]]) {
      context.lineWidth = line * type;
      context.strokeStyle = colour;
      context.strokeRect(sampleAt(last * period), top + height - filled * row, width, row);
    }
    context.restore();
  }

  // -------------------------------------------------------------- time
  function seek(now) {
    if (!state.said) return;
    state.now = Math.min(Math.max(now, 0), length() - 1);
    sound.currentTime = seconds();
    drawMoment();
  }

  /** Move as slowly as samples can be followed, or stay. */
  function turnSlow(on = !state.slow) {
    cancelAnimationFrame(frame);
    state.slow = on;
    if (!on || !state.said) return;
    sound.pause();
    let before = performance.now();
    const step = (time) => {
      seek(state.now + (SLOW * Math.max(time - before, 0)) / 1000);
      before = time;
      if (state.now < length() - 1) frame = requestAnimationFrame(step);
      else state.slow = false;
    };
    frame = requestAnimationFrame(step);
  }

  /** Show the place in the sound that is heard. */
  function catchUp() {
    state.now = Math.min(sound.currentTime * known.sample_rate, length() - 1);
    drawMoment();
  }

  function follow() {
    let before = -HOP_MS;
    const step = (time) => {
      if (sound.paused) return;
      if (time - before >= HOP_MS) {
        before = time;
        catchUp();
      }
      frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
  }

  function toggle() {
    if (!state.said) return;
    if (!sound.paused) {
      catchUp();
      return sound.pause();
    }
    turnSlow(false);
    sound.currentTime = state.now >= length() - 1 ? 0 : seconds();
    sound.play().then(follow, (error) => {
      if (error.name !== "AbortError") stage.message(`The sound does not play: ${error.message}`);
    });
  }

  function scrub({ clientX, clientY }) {
    const place = picture.getBoundingClientRect(), { left, right, mel: band } = state.places;
    if (clientY - place.top > band.top + band.height) return;
    seek(((clientX - place.left - left) / (right - left)) * length());
  }

  sound.addEventListener("ended", catchUp);
  picture.addEventListener("pointerdown", (event) => {
    if (!state.places) return;
    picture.setPointerCapture(event.pointerId);
    scrub(event);
  });
  picture.addEventListener("pointermove", (event) => {
    if (picture.hasPointerCapture(event.pointerId)) scrub(event);
  });
  new ResizeObserver(draw).observe(picture);
  window.addEventListener("resize", draw);

  // -------------------------------------------------------------- sounds
  /** Take over what `ask` answered: the mel as a picture, and the samples of all sounds. */
  async function heard(answer) {
    const sounds = await Promise.all(answer.sounds.map(async (it, i) => (
      { ...it, isReal: i === 0, samples: await decoded(it.flac, known.sample_rate) })));
    const levels = bytes(answer.levels), frames = levels.length / answer.n_mels;
    return {
      ...answer, sounds,
      mel: raster(colours.mel, frames, answer.n_mels, (x, y) => levels[y * frames + x] / 255),
      limit: sounds.flatMap(({ samples }) => [...samples]).reduce((a, b) => Math.max(a, Math.abs(b)), 0),
    };
  }

  /** Show one of the sounds of a recording, at the place in it that was shown, else where it is loud. */
  function show(said, index) {
    const { flac, note: noted, told } = said.sounds[index];
    if (said !== state.said) state.now = said.loudest + STRETCH;
    state.said = said;
    state.chosen = index;
    mel = said.mel;
    sound.pause();
    sound.src = `data:audio/flac;base64,${flac}`;
    note.textContent = noted;
    stage.tell(told);
    place();
  }

  function place() {
    if (!state.said) return;
    const { sounds } = state.said, chosen = sounds[state.chosen];
    state.shown = chosen.isReal || !state.truth ? [chosen] : [sounds[0], chosen];
    draw();
  }

  function stop() {
    turnSlow(false);
    sound.pause();
  }

  return {
    picture, clock, note, heard, show, stop, toggle, turnSlow,
    nudge(samples) {
      turnSlow(false);
      seek(Math.floor(state.now) + samples);
    },
    turn(what, on = !state[what]) {
      state[what] = on;
      place();
    },
  };
}
