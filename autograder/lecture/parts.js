// What the scenes of any lab are built of: sizes, canvases, choices, captions.

const LINE = 1.12; // of the type: what a line of text needs
const BEFORE_NOW = 3; // words that a caption keeps

function css(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The least size of what must be read from the last row, in pixels. */
function leastType() {
  return Math.min(window.innerHeight / 29, window.innerWidth / 24);
}

/** Empty a canvas that fills the element it lies in; what is returned draws in CSS pixels. */
function prepare(canvas) {
  const { clientWidth, clientHeight } = canvas.parentElement, ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}

/** A function that writes words on a canvas, the middle of their height at y. */
function writer(context, font, type) {
  return (words, x, y, align) => {
    context.font = `${type}px ${font}`;
    context.textAlign = align;
    context.textBaseline = "middle";
    context.fillText(words, x, y);
  };
}

function element(tag, name, ...children) {
  const made = document.createElement(tag);
  made.className = name;
  made.append(...children);
  return made;
}

/** Numbered buttons to choose from; a single choice is not shown. */
function makeChoices(pick) {
  const list = element("div", "choices");
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "Choices");
  return {
    list,
    show(labels) {
      list.replaceChildren(...labels.map((label, i) => {
        const button = element("button", "", element("span", "", `${i + 1} \u00b7 ${label}`));
        button.type = "button";
        button.addEventListener("click", () => pick(i));
        return button;
      }));
      list.hidden = labels.length === 1;
    },
    press(index) {
      [...list.children].forEach((it, i) => it.setAttribute("aria-pressed", String(i === index)));
    },
    /** Put a small picture into a button. */
    illustrate(index, canvas) {
      const button = list.children[index];
      button.querySelector("canvas")?.remove();
      button.append(canvas);
    },
  };
}

/** The words that are spoken, as they are spoken: [[word, start in seconds], ...]. */
function makeCaption() {
  const caption = element("div", "caption");
  caption.setAttribute("aria-hidden", "true");
  return {
    caption,
    show(words, time) {
      const index = words.findLastIndex(([, start]) => start <= time + 1e-6);
      caption.replaceChildren();
      if (index < 0) return;
      const before = words.slice(Math.max(index - BEFORE_NOW, 0), index).map(([word]) => word);
      caption.append(before.map((it) => `${it} `).join(""), element("b", "", words[index][0]));
    },
    hide: () => caption.replaceChildren(),
  };
}
