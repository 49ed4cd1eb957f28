// Log lines, each with its number and address, and the filters of /debug_logs over them.
import { el } from "./dom.js";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const wanted = { level: "", contains: "" };

function parsed(text) {
  try {
    const { ts, level, msg, exception, ...rest } = JSON.parse(text);
    const more = (Object.keys(rest).length ? ` ${JSON.stringify(rest)}` : "") + (exception ? `\n${exception}` : "");
    return { level: String(level ?? ""), words: [String(ts ?? "").slice(11, 19), String(level ?? "").padEnd(8), String(msg ?? "")], more };
  } catch {
    return { level: LEVELS.find((level) => text.includes(level)) || "", words: [text], more: "" };
  }
}

function row(address, text, number) {
  const { level, words, more } = parsed(text);
  const name = `L${number}`;
  return el("span", { class: "line", id: name, "data-level": level },
    el("a", { href: `#${address}/${name}`, class: "number" }, name), " ",
    el("span", { class: `said ${level}` }, words.filter(Boolean).join(" ")), el("span", { class: "more" }, more), "\n");
}

export function logLines(address, texts, cited) {
  const lines = texts.map((text, index) => row(address, text, index + 1));
  const count = el("span", { class: "soft", role: "status" });
  const sift = () => {
    const least = LEVELS.indexOf(wanted.level);
    let shown = 0;
    lines.forEach((line, index) => {
      line.hidden = LEVELS.indexOf(line.dataset.level) < least || !texts[index].toLowerCase().includes(wanted.contains.toLowerCase());
      shown += !line.hidden;
    });
    count.textContent = `${shown} of ${lines.length} lines`;
  };
  const level = el("select", { id: "log-level", "aria-label": "Least level", onchange: () => { wanted.level = level.value; sift(); } },
    el("option", { value: "" }, "every level"), LEVELS.slice(1).map((name) => el("option", { value: name }, `${name}${name === "CRITICAL" ? "" : " and above"}`)));
  level.value = wanted.level;
  const contains = el("input", { id: "log-contains", type: "search", "aria-label": "Only lines with this text", placeholder: "contains…",
    oninput: () => { wanted.contains = contains.value; sift(); } });
  contains.value = wanted.contains;
  sift();
  if (cited) lines[Number(cited.slice(1)) - 1]?.classList.add("cited");
  return [el("p", { class: "row" }, level, contains, count), el("pre", { class: "log", tabindex: "0", role: "region", "aria-label": "Log lines" }, lines)];
}

export function forget() {
  Object.assign(wanted, { level: "", contains: "" });
}
