/* Discord's Markdown as elements, by a parser of our own: no HTML is ever parsed. */

import { stamp } from "./clock.js";
import { copy, h } from "./dom.js";

const DEEPEST = 8;
const FENCE = /```(?:([\w+#-]*)\n)?([\s\S]+?)```/g;
const ANGLED = [
  [/<t:(-?\d{1,14})(?::([tTdDfFR]))?>/y, (found) => stamp(Number(found[1]) * 1000, found[2])],
  [/<@!?(\d{1,20})>/y, (found, context) => mention(`@${context.names.users[found[1]] ?? "unknown-user"}`)],
  [/<#(\d{1,20})>/y, (found, context) => mention(`#${context.names.channels[found[1]] ?? "unknown"}`)],
  [/<@&(\d{1,20})>/y, (found, context) => mention(`@${context.names.roles[found[1]] ?? "deleted-role"}`)],
  [/<\/([\w -]{1,100}):\d{1,20}>/y, (found) => mention(`/${found[1]}`)],
  [/<a?:(\w{1,32}):\d{1,20}>/y, (found) => `:${found[1]}:`],
  [/<(https?:\/\/[^\s<>]+)>/y, (found) => link(found[1], [found[1]])],
];
const NAMED_LINK = /\[((?:[^\[\]\\\n]|\\.){1,500})\]\(<?(https?:\/\/[^\s()<>]+)>?\)/y;
const BARE_LINK = /https?:\/\/[^\s<>`]+/y;
const PAIRS = [
  ["***", () => h("strong", {}), (inner) => h("em", {}, inner)],
  ["**", () => h("strong", {})],
  ["__", () => h("u", {})],
  ["~~", () => h("s", {})],
  ["||", spoiler],
  ["*", () => h("em", {})],
  ["_", () => h("em", {})],
];

/** A whole text: code blocks, quotes, lists, headings and paragraphs. */
export function render(text, context) {
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(FENCE)) {
    parts.push(...blocks(text.slice(last, found.index), context), codeBlock(found[2]));
    last = found.index + found[0].length;
  }
  parts.push(...blocks(text.slice(last), context));
  return h("div", { class: "text" }, parts);
}

/** One line's worth: no blocks. */
export function renderInline(text, context) {
  return h("span", { class: "text" }, inline(text, context));
}

function codeBlock(code) {
  const text = code.replace(/^\n+|\n+$/g, "");
  const button = h("button", { type: "button", class: "plain copy" }, "Copy");
  button.addEventListener("click", () => copy(text, button));
  return h("div", { class: "block" }, h("pre", { tabindex: "0" }, h("code", {}, text)), button);
}

function blocks(text, context) {
  const lines = text.replace(/^\n|\n$/g, "").split("\n");
  const parts = [];
  for (let at = 0; at < lines.length; ) {
    const [part, next] = block(lines, at, context);
    parts.push(part);
    at = next;
  }
  return parts.filter(Boolean);
}

function block(lines, at, context) {
  const line = lines[at];
  if (line.startsWith(">>> ")) {
    const inner = [line.slice(4), ...lines.slice(at + 1)].join("\n");
    return [h("blockquote", {}, blocks(inner, { ...context, quoted: true })), lines.length];
  }
  if (line.startsWith("> ")) return gather(lines, at, (each) => each.startsWith("> "), (found) => {
    return h("blockquote", {}, paragraph(found.map((each) => each.slice(2)), context));
  });
  const head = /^(#{1,3}) +(\S.*)$/.exec(line);
  if (head) return [h(`h${head[1].length + 2}`, {}, inline(head[2], context)), at + 1];
  if (/^-# +\S/.test(line)) return [h("p", { class: "sub" }, inline(line.replace(/^-# +/, ""), context)), at + 1];
  for (const [mark, name] of [[/^ {0,6}[-*] +(?=\S)/, "ul"], [/^ {0,6}\d{1,9}\. +(?=\S)/, "ol"]]) {
    if (mark.test(line)) return gather(lines, at, (each) => mark.test(each), (found) => {
      const start = name === "ol" ? Number.parseInt(line, 10) : null;
      return h(name, { start }, found.map((each) => h("li", {}, inline(each.replace(mark, ""), context))));
    });
  }
  return gather(lines, at, (each, first) => first || !startsBlock(each), (found) => paragraph(found, context));
}

function startsBlock(line) {
  return /^(>>> |> |#{1,3} +\S|-# +\S| {0,6}[-*] +\S| {0,6}\d{1,9}\. +\S)/.test(line);
}

function gather(lines, at, belongs, build) {
  let end = at + 1;
  while (end < lines.length && belongs(lines[end], false)) end += 1;
  return [build(lines.slice(at, end)), end];
}

function paragraph(lines, context) {
  const text = lines.join("\n");
  return text.trim() ? h("p", {}, inline(text, context)) : h("p", {}, "\n".repeat(Math.max(0, lines.length - 1)));
}

function inline(text, context, depth = 0) {
  const parts = [];
  let plain = "";
  const push = (part) => {
    if (plain) parts.push(plain);
    plain = "";
    parts.push(part);
  };
  for (let at = 0; at < text.length; ) {
    const found = special(text, at, context, depth);
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (typeof found.part === "string") plain += found.part;
    else push(found.part);
    at = found.end;
  }
  if (plain) parts.push(plain);
  return parts;
}

function special(text, at, context, depth) {
  const letter = text[at];
  if (letter === "\\" && /[^a-zA-Z0-9\s]/.test(text[at + 1] ?? " ")) return { part: text[at + 1], end: at + 2 };
  if (letter === "`") return codeSpan(text, at);
  if (letter === "<") return angled(text, at, context);
  if (letter === "[") return namedLink(text, at, context, depth);
  if (letter === "h" && !/\w/.test(text[at - 1] ?? " ")) return bareLink(text, at);
  if (letter === "@" && context.everyone) {
    const all = ["@everyone", "@here"].find((word) => text.startsWith(word, at));
    if (all) return { part: mention(all), end: at + all.length };
  }
  return depth < DEEPEST && "*_~|".includes(letter) ? paired(text, at, context, depth) : null;
}

function codeSpan(text, at) {
  const fence = /`+/y;
  fence.lastIndex = at;
  const open = fence.exec(text)[0];
  const end = text.indexOf(open, at + open.length);
  if (end < 0 || end === at + open.length) return { part: open, end: at + open.length };
  const code = text.slice(at + open.length, end);
  return { part: h("code", {}, open.length > 1 ? code.trim() : code), end: end + open.length };
}

function angled(text, at, context) {
  for (const [pattern, build] of ANGLED) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    const part = found && build(found, context);
    if (part) return { part, end: pattern.lastIndex };
  }
  return null;
}

function namedLink(text, at, context, depth) {
  NAMED_LINK.lastIndex = at;
  const found = NAMED_LINK.exec(text);
  if (!found) return null;
  const end = NAMED_LINK.lastIndex;
  return { part: link(found[2], depth < DEEPEST ? inline(found[1], { ...context, linked: true }, depth + 1) : [found[1]]), end };
}

function bareLink(text, at) {
  BARE_LINK.lastIndex = at;
  const found = BARE_LINK.exec(text);
  if (!found) return null;
  let address = found[0].replace(/[.,:;!?'"*_~|\]]+$/, "");
  if (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1);
  return { part: link(address, [address]), end: at + address.length };
}

function paired(text, at, context, depth) {
  for (const [mark, build, around] of PAIRS) {
    if (!text.startsWith(mark, at)) continue;
    const end = closing(text, at + mark.length, mark);
    if (end < 0) continue;
    const element = build();
    const inner = inline(text.slice(at + mark.length, end), context, depth + 1);
    element.append(...(around ? [around(inner)] : inner));
    return { part: element, end: end + mark.length };
  }
  return null;
}

function closing(text, from, mark) {
  if (mark.length === 1 && /\s/.test(text[from] ?? " ")) return -1;
  if (mark === "_" && /\w/.test(text[from - 2] ?? " ")) return -1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "`") at = Math.max(at, text.indexOf("`", at + 1));
    else if (at > from && text.startsWith(mark, at) && !isLonger(text, at, mark)) return at;
  }
  return -1;
}

/* `*a**` does not close at the first of two stars; `_a_b` does not close inside a word. */
function isLonger(text, at, mark) {
  if (mark === "_") return /\w/.test(text[at + 1] ?? " ");
  if (mark !== "*") return false;
  return /\s/.test(text[at - 1]) || text[at + 1] === "*" || text[at - 1] === "*";
}

function mention(text) {
  return h("span", { class: "mention" }, text);
}

function link(address, children) {
  if (!URL.canParse(address)) return h("span", {}, children);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, children);
}

function spoiler() {
  const element = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler: show it" });
  const open = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    element.classList.add("open");
    for (const name of ["role", "tabindex", "aria-label"]) element.removeAttribute(name);
  };
  element.addEventListener("click", open);
  element.addEventListener("keydown", open);
  return element;
}
