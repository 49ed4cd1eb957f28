/* A pull request's text as elements: headings, boxes of code and paragraphs. No HTML is parsed, no link is made. */

import { h } from "./dom.js";

const FENCE = /^(`{3,})[\w+-]*$/;
const HEADING = /^#{1,6} +(.+)$/;

/** The whole text. */
export function renderBody(text) {
  const parts = [];
  let paragraph = [];
  const end = () => {
    if (paragraph.length) parts.push(h("p", {}, inline(paragraph.join("\n"))));
    paragraph = [];
  };
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const fence = FENCE.exec(lines[at]);
    const heading = HEADING.exec(lines[at]);
    if (fence || heading || !lines[at].trim()) end();
    if (fence) {
      const closing = lines.indexOf(fence[1], at + 1);
      const last = closing < 0 ? lines.length : closing;
      parts.push(h("pre", { tabindex: "0" }, h("code", {}, lines.slice(at + 1, last).join("\n"))));
      at = last;
    } else if (heading) parts.push(h("h5", {}, inline(heading[1])));
    else if (lines[at].trim()) paragraph.push(lines[at]);
  }
  end();
  return parts;
}

function inline(text) {
  return text.split(/(`[^`\n]+`)/).map((piece) => (/^`[^`]+`$/.test(piece) ? h("code", {}, piece.slice(1, -1)) : piece));
}
