/* The dialog that shows a file, a log or an image; and the cards of attachments. */

import { isDiff, renderDiff } from "./diff.js";
import { bytes, copy, h, icon } from "./dom.js";
import { fetchText } from "./live.js";

const PEEK_LINES = 9;
const PEEK_BYTES = 200_000;
const texts = new Map();

/** Open a text (or a promise of one) in the viewer. */
export async function viewText(name, promised, download = null) {
  const content = h("div", { class: "content", tabindex: "0" }, h("pre", {}, "Loading …"));
  const copyButton = h("button", { type: "button", class: "plain", disabled: true }, h("span", {}, "Copy"));
  open(name, [copyButton, download && saveLink(download, name)], content);
  try {
    const text = await promised;
    copyButton.disabled = false;
    copyButton.addEventListener("click", () => copy(text, copyButton));
    content.replaceChildren(isDiff(name, text) ? renderDiff(text) : h("pre", {}, text || "(empty)"));
  } catch {
    content.replaceChildren(h("pre", { class: "problem" }, "This could not be read. Close it and try again."));
  }
}

function viewImage(file) {
  const image = h("img", { src: file.address, alt: file.about || file.name });
  open(file.name, [saveLink(file.address, file.name)], h("div", { class: "content", tabindex: "0" }, image));
}

function open(name, tools, content) {
  const close = h("button", { type: "button", class: "plain bare square", "aria-label": "Close" }, icon("close"));
  const title = h("h2", { id: "viewer-title" }, name);
  const dialog = h("dialog", { class: "viewer", "aria-labelledby": "viewer-title" });
  dialog.append(h("div", { class: "top" }, title, ...tools.filter(Boolean), close), content);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function saveLink(address, name) {
  return h("a", { class: "plain", href: address, download: name }, icon("down"), "Download");
}

/** The files of a message. */
export function renderFiles(files) {
  return files.length ? h("div", { class: "files" }, files.map((file) => (file.image ? picture(file) : card(file)))) : null;
}

function picture(file) {
  const image = h("img", { class: "picture", src: file.address, alt: file.about || file.name, loading: "lazy" });
  const label = `Open the image ${file.name}`;
  return h(
    "button",
    { type: "button", class: "picture-button", "aria-label": label, "data-key": `file-${file.id}`, onclick: () => viewImage(file) },
    image,
  );
}

function card(file) {
  const peek = h("div", { class: "peek", hidden: true });
  const show = () => viewText(file.name, read(file), file.address);
  const openButton = h(
    "button",
    { type: "button", class: "plain", "aria-label": `Open ${file.name}`, "data-key": `file-${file.id}`, onclick: show },
    "Open",
  );
  const bar = h(
    "div",
    { class: "bar" },
    icon("file"),
    h("span", { class: "name", title: file.about || file.name }, file.name),
    h("span", { class: "quiet small" }, bytes(file.size)),
    openButton,
    h("a", { class: "plain bare square", href: file.address, download: file.name, "aria-label": `Download ${file.name}` }, icon("down")),
  );
  if (file.size <= PEEK_BYTES) read(file).then((text) => preview(peek, file, text)).catch(() => {});
  return h("div", { class: "file" }, peek, bar);
}

function preview(peek, file, text) {
  if (!text || text.includes("\u0000")) return;
  const lines = text.split("\n");
  const shown = isDiff(file.name, text) ? renderDiff(text, 14) : h("pre", {}, lines.slice(0, PEEK_LINES).join("\n"));
  for (const each of shown.querySelectorAll("[tabindex]")) each.removeAttribute("tabindex");
  peek.replaceChildren(shown);
  peek.classList.toggle("cut", lines.length > 6);
  peek.hidden = false;
}

function read(file) {
  if (!texts.has(file.id)) {
    const promised = fetchText(file.address);
    promised.catch(() => texts.delete(file.id));
    texts.set(file.id, promised);
  }
  return texts.get(file.id);
}
