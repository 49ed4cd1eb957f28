/* A unified diff, coloured: one part per file, with line numbers of both sides. */

import { h } from "./dom.js";

const LONGEST = 4000;

/** Whether a file is to be read as a diff. */
export function isDiff(name, text = "") {
  return /\.(diff|patch)$/i.test(name) || text.startsWith("diff --git ");
}

/** The diff as an element; at most `limit` lines of it. */
export function renderDiff(text, limit = LONGEST) {
  const all = text.replace(/\n$/, "").split("\n");
  const parts = [];
  let part = null;
  let old = 0;
  let fresh = 0;
  for (const line of all.slice(0, limit)) {
    if (line.startsWith("diff --git ")) {
      part = begin(line, parts);
      continue;
    }
    part ??= begin("", parts);
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk) {
      [old, fresh] = [Number(hunk[1]), Number(hunk[2])];
      part.inHunk = true;
      add(part, "hunk", "", "", line);
    } else if (!part.inHunk) {
      if (/^(new file|deleted file|rename|copy|Binary|GIT binary|old mode|new mode)/.test(line)) add(part, "note", "", "", line);
    } else if (line.startsWith("+")) {
      part.plus += 1;
      add(part, "add", "", fresh++, line);
    } else if (line.startsWith("-")) {
      part.minus += 1;
      add(part, "del", old++, "", line);
    } else if (line.startsWith("\\")) add(part, "note", "", "", line);
    else add(part, "", old++, fresh++, line);
  }
  const rest = all.length > limit ? h("p", { class: "quiet small" }, `… and ${all.length - limit} more lines`) : null;
  return h("div", { class: "diff" }, parts.map(show), limit === LONGEST ? rest : null);
}

function begin(line, parts) {
  const names = / b\/(.*)$/.exec(line);
  const part = { path: names ? names[1] : line.slice(11), lines: [], plus: 0, minus: 0, inHunk: false };
  parts.push(part);
  return part;
}

function add(part, kind, old, fresh, text) {
  part.lines.push(
    h("div", { class: `line ${kind}` }, h("span", {}, String(old)), h("span", {}, String(fresh)), h("code", {}, text || " ")),
  );
}

function show(part) {
  const head = h(
    "div",
    { class: "file-head" },
    h("span", { class: "path" }, part.path || "Changes"),
    h("span", { class: "plus" }, `+${part.plus}`),
    h("span", { class: "minus" }, `−${part.minus}`),
  );
  const lines = h("div", { class: "lines", tabindex: "0", role: "region", "aria-label": `Changes of ${part.path}` });
  lines.append(h("div", {}, part.lines));
  return h("div", { class: "file-part" }, head, lines);
}
