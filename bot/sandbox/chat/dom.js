/* Elements from plain values. Text only ever becomes a text node: nothing foreign is parsed as HTML. */

const SHAPES = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  menu: "M4 6h16M4 12h16M4 18h16",
  close: "M6 6l12 12M18 6 6 18",
  send: "M4 12 20 4l-5 16-4-6zM11 14l9-10",
  plus: "M12 5v14M5 12h14",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  file: "M14 3H6v18h12V7zM14 3v4h4M9 12h6M9 16h6",
  out: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  down: "M12 4v12M7 11l5 5 5-5M5 20h14",
  check: "M5 12.500l4.500 4.500L19 7.500",
  cross: "M7 7l10 10M17 7 7 17",
  minus: "M7 12h10",
  turn: "M9 6l6 6-6 6",
  warn: "M12 4 2.500 20h19zM12 10v4M12 17.200v.1",
  wait: "M12 3a9 9 0 1 0 9 9",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
  pull: "M6 9v12M6 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM18 15a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM18 15V9a3 3 0 0 0-3-3h-4M13 3l-3 3 3 3",
  help: "M9 9a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 18v.1",
  reply: "M10 6 4 12l6 6M4 12h10a6 6 0 0 1 6 6",
  hub: "M4 4h16v6H4zM4 14h16v6H4zM8 7h.1M8 17h.1",
};

/** An element: h("p", {class: "quiet", onclick}, "text", child, null). */
export function h(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") element[key] = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** One of our own line icons. */
export function icon(name, classes = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon ${classes}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** A round picture with a person's first letter. */
export function avatar(user, size = "") {
  const hue = [...user.name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 4;
  return h("span", { class: `avatar ${size} ${user.bot ? "app" : `hue${hue}`}`, "aria-hidden": "true" }, user.name[0]);
}

/** Replace what is inside an element, and keep the focus on the part of the same data-key. */
export function refill(parent, ...children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...children.flat().filter(Boolean));
  if (key) parent.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** Whether something in here is held down now: moved or replaced before it is let go, its click would be lost. */
export function isPressing(parent) {
  return parent.querySelector("button:active, a:active, summary:active, label:active") !== null;
}

/** Copy a text, and say so on the button for a moment. */
export async function copy(text, button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.lastChild.textContent = "Copied";
  } catch {
    button.lastChild.textContent = "Not allowed";
  }
  setTimeout(() => (button.lastChild.textContent = before), 1500);
}

/** Tell those who do not see the page. */
export function announce(text) {
  document.getElementById("announce").textContent = text;
}

/** 1234 → "1.2 KB". */
export function bytes(size) {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${(size / 1000).toFixed(1)} KB` : `${(size / 1e6).toFixed(1)} MB`;
}
