// Builds the page from values; foreign text only ever becomes a text node.
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined).map((child) =>
    child instanceof Node ? child : document.createTextNode(String(child))));
  return made;
}

export function link(address, text) {
  const safe = /^https?:\/\//.test(address || "");
  return safe ? el("a", { href: address, rel: "noreferrer noopener", target: "_blank" }, text) : el("span", {}, text);
}

export function time(value) {
  if (!value) return el("span", {}, "–");
  const at = new Date(value);
  return el("time", { datetime: at.toISOString(), title: at.toISOString() }, ago(at));
}

export function ago(at) {
  const seconds = Math.round((Date.now() - at.getTime()) / 1000);
  for (const [size, unit] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${unit}${count > 1 ? "s" : ""} ago`;
  }
  return seconds < 10 ? "now" : `${seconds} seconds ago`;
}

export function state(word, shown = word) {
  return el("span", { class: `state ${word}` }, shown);
}

export function table(caption, heads, rows, empty) {
  if (!rows.length) return el("p", { class: "empty" }, empty);
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {},
      el("caption", { hidden: true }, caption),
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell)))))));
}

export function diff(text) {
  const lines = text.split("\n").map((line) => {
    const kind = line.startsWith("@@") ? "at" : line.startsWith("+") ? "add" : line.startsWith("-") ? "del" : "";
    return el("span", { class: kind }, `${line}\n`);
  });
  return el("pre", { tabindex: "0", "aria-label": "Diff" }, lines);
}
