// Lists that begin with their newest page; a button unfolds older ones, and they stay when the page looks again.
import { getPages } from "./api.js";
import { el, table } from "./dom.js";

const ROWS = 100;
const unfolded = {};

export async function list(caption, [path, name], heads, row, words) {
  const { rows, more } = await getPages(`${path}?limit=${ROWS}`, name, unfolded[caption] || 1);
  const unfold = (event) => {
    unfolded[caption] = (unfolded[caption] || 1) + 1;
    event.target.dispatchEvent(new Event("look", { bubbles: true }));
  };
  return [table(caption, heads, rows.map(row), words),
    more ? el("p", { class: "row" }, el("button", { type: "button", id: "older", onclick: unfold }, "Show older"), el("span", { class: "soft" }, `the newest ${rows.length} are shown`)) : null];
}
