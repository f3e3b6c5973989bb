// Alignments, mel, text and sound on one screen: what all scenes of this lab show.

const BLUR = 0.3; // weights below it would be black on black: the colours end earlier then
const LENS_REACH = 2; // characters above and below the one under the cursor

/** Make a text as large as fits its place, between two sizes. */
function fit(element, place, most, least) {
  let size = most;
  do {
    element.style.fontSize = `${size}px`;
    size *= 0.95;
  } while (size > least && (element.scrollHeight > place.clientHeight || element.scrollWidth > place.clientWidth));
}

/**
 * What stands along the axis of characters: each one where there is room, else words, and of those
 * that would overlap the longer ones. Returns [{ text, at }], `at` in characters from the first.
 */
function axisLabels(characters, row, type) {
  if (row >= LINE * type) return characters.map((text, at) => ({ text: shown(text), at }));
  const inside = type / row / 2 - 0.5; // from the ends, so that a label lies within them
  const words = [...characters.join("").matchAll(/\S+/g)].map(({ 0: text, index }) => {
    const middle = index + (text.length - 1) / 2;
    return { text, at: Math.min(Math.max(middle, inside), characters.length - 1 - inside) };
  });
  const kept = [];
  for (const word of [...words].sort((a, b) => b.text.length - a.text.length)) {
    if (kept.every(({ at }) => Math.abs(at - word.at) * row >= LINE * type)) kept.push(word);
  }
  return kept;
}

/** The first characters of words, and what is behind the last one. */
function wordEdges(characters) {
  const starts = [...characters.join("").matchAll(/\S+/g)].map(({ index }) => index);
  return [...starts, characters.length];
}

/** A view of takes, kept from scene to scene. */
function makePicture() {
  const text = make("div", { class: "text", role: "img" });
  const panels = make("canvas", { class: "panels" }), cursor = make("canvas", { class: "cursor" });
  const lens = make("div", { class: "lens", "aria-hidden": "true" });
  const caption = makeCaption();
  const picture = make("div", { class: "picture" }, panels, cursor, lens, caption.caption);
  const now = make("div", { class: "now", "aria-hidden": "true" });
  const note = make("p", { class: "note" });
  const sound = new Audio();
  const state = { takes: [], boxes: [], time: 0, truth: true, captions: false, growing: false, source: "", guessed: [] };
  let colours = null, frame = 0;
  facts.then((known) => { colours = unpackColours(known); });
  lens.hidden = true;

  const first = () => state.takes[0];
  const lasts = (take) => Math.max(take.shape[1] * take.seconds_per_step, take.duration);
  const stepAt = (take, time) =>
    Math.max(0, Math.min(Math.floor(time / take.seconds_per_step + 1e-6), take.shape[1] - 1));
  const column = (take, step) =>
    take.weights.subarray(step * take.shape[2], (step + 1) * take.shape[2]);
  const peak = (weights) => weights.indexOf(Math.max(...weights));

  // -------------------------------------------------------------- drawing
  /** Where each take's panel is; a single one has its mel below, several share the words at the left. */
  function places(context, type) {
    const { takes } = state, columns = takes.length > 1 ? 2 : 1, rows = Math.ceil(takes.length / columns);
    const isSingle = columns === 1, hasMel = isSingle && takes[0].nMels > 0;
    const height = picture.clientHeight / rows, head = (isSingle ? 0.5 : 0.3 + LINE * titled(takes[0]).length) * type;
    const foot = height - 1.5 * type, mel = hasMel ? 0.24 * (foot - head) : 0;
    const bottom = foot - mel - (hasMel ? 0.35 * type : 0);
    const row = (bottom - head) / takes[0].shape[2];
    const labels = axisLabels(takes[0].text, row, type);
    context.font = `${type}px ${FONT}`;
    const widest = Math.max(...labels.map((it) => context.measureText(it.text).width), hasMel ? 2.2 * type : 0);
    const left = widest + 0.7 * type, width = (picture.clientWidth - left) / columns;
    return takes.map((take, i) => {
      const x = left + (i % columns) * width, y = Math.floor(i / columns) * height;
      return {
        take, row, mel, left: x, right: x + width - (isSingle ? 2 : 0.7) * type,
        top: y + head, bottom: y + bottom, foot: y + foot, melTop: y + foot - mel,
        labels: i % columns === 0 ? labels : [],
      };
    });
  }

  function draw() {
    if (!state.takes.length || picture.clientWidth < 50) return;
    const type = leastType(), context = prepare(panels), ink = css("--ink");
    state.boxes = places(context, type);
    context.imageSmoothingEnabled = false;
    for (const box of state.boxes) drawTake(context, box, type, ink);
    spell();
    drawTime();
  }

  function drawTake(context, box, type, ink) {
    const { take, left, right, top, bottom, row, labels, melTop, mel, foot } = box;
    const [, nDecoder, nEncoder] = take.shape, end = lasts(take);
    const x = (seconds) => left + (seconds / end) * (right - left);
    const say = writer(context, FONT, type);
    context.fillStyle = css("--still");
    context.fillRect(left, top, right - left, bottom - top);
    const map = raster(colours.alignment, nDecoder, nEncoder, (s, c) => take.weights[s * nEncoder + c] / take.scaleEnd);
    context.drawImage(map, left, top, x(nDecoder * take.seconds_per_step) - left, bottom - top);
    if (mel) context.drawImage(take.mel, left, melTop, x(take.duration) - left, mel);
    context.fillStyle = context.strokeStyle = ink;
    context.lineWidth = type / 14;
    context.strokeRect(left, top, right - left, bottom - top);
    if (mel) context.strokeRect(left, melTop, right - left, mel);
    for (const { text: words, at } of labels) {
      say(words, left - 0.4 * type, bottom - (at + 0.5) * row, "right");
    }
    for (const edge of wordEdges(take.text)) context.fillRect(left - 0.28 * type, bottom - edge * row, 0.28 * type, 1);
    if (mel) drawBands(context, say, take, left, melTop, mel, type);
    const every = niceStep(end, (right - left) / (4 * type));
    for (let i = 0; i * every <= end; i++) {
      const isLast = (i + 1) * every > end;
      const words = `${(i * every).toFixed(every < 1 ? 1 : 0)}${isLast ? " s" : ""}`;
      say(words, Math.min(x(i * every), right - 0.4 * type), foot + 0.8 * type, "center");
      context.fillRect(x(i * every), foot, type / 14, 0.25 * type);
    }
    if (state.boxes.length > 1) {
      titled(take).reverse().forEach((words, i) => {
        say(words, (left + right) / 2, top - (0.65 + LINE * i) * type, "center");
      });
    } else drawScale(context, say, take.scaleEnd, right + 0.35 * type, top, bottom, type);
    if (state.truth && take.truth) {
      drawTruth(context, take, colours, x, bottom, row, type / (state.boxes.length > 1 ? 36 : 24));
    }
  }

  const name = (take) => (state.truth ? take.label : state.guessed[state.takes.indexOf(take)] ?? take.label);

  function titled(take) {
    return state.truth && take.truth ? [name(take), `rc ${take.scored.rc.toFixed(2)}`] : [name(take)];
  }

  function drawScale(context, say, end, left, top, bottom, type) {
    const scale = raster(colours.alignment, 1, 64, (_, y) => y / 63);
    context.drawImage(scale, left, top, 0.45 * type, bottom - top);
    context.strokeRect(left, top, 0.45 * type, bottom - top);
    say(String(end).replace(/^0/, ""), left + 0.65 * type, top + type / 2, "left");
    say("0", left + 0.65 * type, bottom - type / 2, "left");
  }

  /** The sentence, shaded by the attention of this moment. */
  function spell() {
    const characters = first().text;
    if (text.ariaLabel !== characters.join("")) {
      text.ariaLabel = characters.join("");
      text.replaceChildren(...characters.map((it) => make("span", {}, it)));
    }
    if (text.parentElement) fit(text, text.parentElement, window.innerHeight / 14, leastType());
  }

  function drawTime() {
    const context = cursor.getContext("2d"), type = leastType();
    if (cursor.width !== panels.width || cursor.height !== panels.height) prepare(cursor);
    context.clearRect(0, 0, picture.clientWidth, picture.clientHeight);
    for (const { take, left, right, top, bottom, foot, row, mel, melTop } of state.boxes) {
      const px = left + Math.min(state.time / lasts(take), 1) * (right - left);
      if (state.growing) {
        context.fillStyle = css("--still");
        context.fillRect(px, top, right - px, bottom - top);
        if (mel) context.fillRect(px, melTop, right - px, mel);
      }
      const position = peak(column(take, stepAt(take, state.time)));
      for (const [width, colour] of [[6, colours.cursor_edge], [3, colours.cursor]]) {
        context.fillStyle = context.strokeStyle = colour;
        context.fillRect(px - (width * type) / 48, top, (width * type) / 24, foot - top);
        context.beginPath();
        context.arc(px, bottom - (position + 0.5) * row, ((width + 4) * type) / 32, 0, 7);
        context.fill();
      }
    }
    if (first()) drawMoment();
  }

  /** The sentence's letters, the character that is read with its neighbours, the caption. */
  function drawMoment() {
    const take = first(), step = stepAt(take, state.time), weights = column(take, step);
    const position = peak(weights);
    const at = (i) => (take.text[i] === undefined ? " " : shown(take.text[i]));
    const single = state.takes.length === 1;
    [...text.children].forEach((letter, i) => {
      const share = single ? weights[i] : 0;
      letter.style.backgroundColor = `${colours.weight}${Math.round(255 * share).toString(16).padStart(2, "0")}`;
      letter.style.color = share > 0.5 ? "#fff" : "";
      letter.classList.toggle("lit", single && i === position);
      letter.classList.toggle("true",
        state.truth && take.truth !== null && i === Math.round(take.truth[step]));
    });
    now.replaceChildren(at(position - 2) + at(position - 1), make("b", {}, at(position)),
      at(position + 1) + at(position + 2));
    now.style.visibility = single ? "" : "hidden";
    picture.dataset.step = step;
    if (state.captions) caption.show(take.words, state.time);
    else caption.hide();
  }

  // -------------------------------------------------------------- sound and time
  function seek(time) {
    if (!first()) return;
    state.time = Math.min(Math.max(time, 0), lasts(first()));
    state.growing = false;
    sound.currentTime = Math.min(state.time, first().duration);
    drawTime();
  }

  function tick() {
    state.time = sound.currentTime;
    if (sound.ended) state.growing = false;
    drawTime();
    if (!sound.paused) frame = requestAnimationFrame(tick);
  }

  /** Play from the start; `growing` draws each column when it sounds. */
  function play(growing = false) {
    if (!first()) return;
    sound.currentTime = state.time = 0;
    state.growing = growing;
    sound.play().then(tick, (error) => {
      state.growing = false;
      drawTime();
      if (error.name !== "AbortError") stage.message(`The sound does not play: ${error.message}`);
    });
  }

  function toggle() {
    if (!first()) return;
    if (!sound.paused) return sound.pause();
    if (state.time >= first().duration - 0.05) return play();
    sound.play().then(tick, () => {});
  }

  // -------------------------------------------------------------- lens and scrubbing
  function boxAt(event) {
    const place = picture.getBoundingClientRect();
    const px = event.clientX - place.left, py = event.clientY - place.top;
    const box = state.boxes.find((it) => px <= it.right && py <= it.foot + leastType() && py >= it.top - leastType());
    return { px, py, box };
  }

  function scrub(event) {
    const { px, box } = boxAt(event);
    if (box) seek(((px - box.left) / (box.right - box.left)) * lasts(box.take));
  }

  function look(event) {
    const { px, py, box } = boxAt(event);
    lens.hidden = !box || py < box.top || py > box.bottom;
    if (lens.hidden) return;
    const { take } = box;
    const place = Math.min(Math.max(Math.floor((box.bottom - py) / box.row), 0), take.shape[2] - 1);
    const time = Math.max(0, ((px - box.left) / (box.right - box.left)) * lasts(take));
    const weights = column(take, stepAt(take, time));
    const rows = [];
    for (let i = place + LENS_REACH; i >= place - LENS_REACH; i--) {
      if (take.text[i] === undefined) continue;
      const bar = make("i");
      bar.style.width = `${100 * weights[i]}%`;
      rows.push(make("span", i === place ? { class: "at" } : {}, shown(take.text[i])), bar);
    }
    lens.replaceChildren(...rows, make("span", { class: "when" }, `${time.toFixed(2)} s`));
    const right = px > picture.clientWidth / 2;
    lens.style.left = right ? "" : `${px + leastType()}px`;
    lens.style.right = right ? `${picture.clientWidth - px + leastType()}px` : "";
    lens.style.top = `${Math.min(Math.max(py - lens.offsetHeight / 2, 0), picture.clientHeight - lens.offsetHeight)}px`;
  }

  picture.addEventListener("pointerdown", (event) => {
    picture.setPointerCapture(event.pointerId);
    scrub(event);
  });
  picture.addEventListener("pointermove", (event) => {
    look(event);
    if (picture.hasPointerCapture(event.pointerId)) scrub(event);
  });
  picture.addEventListener("pointerleave", () => { lens.hidden = true; });
  new ResizeObserver(draw).observe(picture);
  window.addEventListener("resize", draw);

  // -------------------------------------------------------------- takes
  /** Take over what `ask` answered: the takes with their weights, and scores where the truth is known. */
  function takesOf(answer) {
    return unpack(answer, colours).map((take) => {
      const weights = attentionWeights(take, 1, -1);
      const scored = take.truth && scores(weights, take.shape[2], take.truth);
      const most = weights.reduce((a, b) => Math.max(a, b)), isBlur = most < BLUR;
      return {
        ...take, weights, scored,
        scaleEnd: isBlur ? Math.ceil(10 * most) / 10 : 1,
        words: take.words.map(([from, behind, start]) => [take.text.slice(from, behind).join(""), start]),
      };
    });
  }

  /** Show takes; `guessed`: what they are called as long as the truth is hidden. */
  function show(takes, guessed = []) {
    if (takes[0].sound !== state.source) {
      cancelAnimationFrame(frame);
      sound.pause();
      sound.src = state.source = takes[0].sound;
      state.time = 0;
    }
    state.takes = takes;
    state.guessed = guessed;
    state.growing = false;
    tell();
    draw();
  }

  /** Say what is shown beside the picture, and to those who hear the page. */
  function tell() {
    const { takes } = state;
    if (!takes.length) return;
    const [{ scored, note: said }] = takes;
    note.textContent = takes.length > 1 ? ""
      : !scored ? said.replace(/ s$/, "\u00a0s")
        : state.truth ? `mass\u00a0${scored.mass.toFixed(2)}, rc\u00a0${scored.rc.toFixed(2)}` : "";
    stage.tell(takes.map((it) => `${name(it)}: ${it.told}`).join(" "));
  }

  function clear() {
    sound.pause();
    state.takes = state.boxes = [];
    state.source = "";
    prepare(panels);
    prepare(cursor);
    for (const it of [text, now]) it.replaceChildren();
    caption.hide();
    text.ariaLabel = "";
    note.textContent = "";
  }

  return {
    text, picture, now, note, takesOf, show, play, toggle, seek, clear, draw,
    isShown: () => state.takes.length > 0,
    stop: () => sound.pause(),
    nudge(steps) {
      const seconds = first()?.seconds_per_step;
      if (seconds) seek((stepAt(first(), state.time) + 0.5 + steps) * seconds);
    },
    turn(what, on = !state[what]) {
      state[what] = on;
      tell();
      draw();
    },
    thumbnail: ({ weights, scaleEnd, shape: [, nDecoder, nEncoder] }) =>
      thumbnail(colours.alignment, weights.map((it) => it / scaleEnd), nDecoder, nEncoder),
  };
}
