// Builds the page from values; foreign text only ever becomes a text node.
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LONG = 400; // characters of a cell, above which it scrolls by itself

// What would reorder or colour the text around it, or show as nothing, is shown as what it is.
export function visible(text) {
  return text.replace(UNSEEN, (one) => {
    const code = one.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined).map((child) =>
    child instanceof Node ? child : document.createTextNode(visible(String(child)))));
  return made;
}

export function link(address, text) {
  const safe = /^https?:\/\//.test(address || "");
  return safe ? el("a", { href: address, rel: "noreferrer noopener", target: "_blank" }, text) : el("span", {}, text);
}

// A link within the page; its id lets the focus stay on it when the page is drawn anew.
export function to(view, id, place = "list", shown = id) {
  if (!id) return "–";
  return el("a", { href: `#${view}/${id}`, id: `${place}-${id}`, class: "id", title: id }, shown);
}

export function time(value) {
  if (!value) return el("span", {}, "–");
  const at = new Date(value);
  return el("time", { datetime: at.toISOString(), title: exact(at) }, ago(at));
}

function exact(at) {
  return `${at.toLocaleString([], { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" })} (${at.toISOString().slice(0, 19).replace("T", " ")} UTC)`;
}

export function hours(at, style = "short") {
  return at.toLocaleTimeString([], { timeStyle: style, hourCycle: "h23" });
}

export function clock(value) {
  const at = new Date(value);
  const day = at.toDateString() === new Date().toDateString() ? "" : `${at.toLocaleDateString([], { day: "numeric", month: "short" })} `;
  return el("time", { datetime: at.toISOString(), title: exact(at), "data-exact": true }, day + hours(at, "medium"));
}

export function ago(at) {
  const seconds = Math.round((Date.now() - at.getTime()) / 1000);
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${unit} ago`;
  }
  return seconds < 10 ? "just now" : `${seconds} s ago`;
}

export function age(root) {
  for (const each of root.querySelectorAll("time:not([data-exact])")) each.textContent = ago(new Date(each.dateTime));
}

export function state(word, shown = word) {
  return el("span", { class: `state ${word}` }, String(shown).replaceAll("_", " "));
}

export function empty(words) {
  return el("p", { class: "empty" }, words);
}

function cellOf(head, cell) {
  const long = typeof cell === "string" && cell.length > LONG;
  return el("td", { "data-head": head }, long ? el("div", { class: "long", tabindex: "0", role: "group", "aria-label": head }, cell) : cell);
}

export function table(caption, heads, rows, words) {
  if (!rows.length) return empty(words);
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {},
      el("caption", { class: "unseen" }, caption),
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, at) => cellOf(heads[at], cell)))))));
}

export function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.filter((pair) => pair[1]).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

export function timeline(moments) {
  return el("ol", { class: "timeline" }, moments.map(([at, ...words]) => el("li", {}, clock(at), el("span", {}, words))));
}

export function diff(text) {
  const lines = text.split("\n").map((line) => {
    const kind = /^(\+\+\+|---|diff |index )/.test(line) ? "file"
      : line.startsWith("@@") ? "at" : line.startsWith("+") ? "add" : line.startsWith("-") ? "del" : "";
    return el("span", { class: kind }, `${line}\n`);
  });
  return el("pre", { class: "diff", tabindex: "0", role: "region", "aria-label": "Diff" }, lines);
}
