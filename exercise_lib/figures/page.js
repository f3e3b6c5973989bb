// What the front ends share.

/** An element with attributes and children: `make("button", { class: "play" }, "play")`. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** JupyterLab and Notebook look for this on the element with the focus before they take its keys. */
function keepKeys(container) {
  for (const element of container.querySelectorAll("[tabindex], button, input, select")) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
  }
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/** A canvas with one pixel per value; `level(x, y)` gives 0..1, y counts upwards.
 * @param map 256 colours, red, green and blue a byte each
 */
function raster(map, width, height, level) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = 3 * Math.round(255 * Math.min(Math.max(level(x, y), 0), 1));
      const at = 4 * ((height - 1 - y) * width + x);
      image.data.set(map.subarray(colour, colour + 3), at);
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
