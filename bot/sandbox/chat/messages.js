/* The messages of a channel, as this person sees them. Each is drawn again only when it changed. */

import { day, hour, moment, stamp } from "./clock.js";
import { avatar, h, icon, refill } from "./dom.js";
import { render, renderInline } from "./markdown.js";
import { renderFiles } from "./viewer.js";

const GROUP_MS = 7 * 60 * 1000;

/** Keeps the list in step with what the server tells. */
export class MessageList {
  constructor(element, deeds) {
    this.element = element;
    this.deeds = deeds;
    this.items = new Map();
    this.list = h("ol", { class: "messages" });
  }

  /** Forget everything: another channel or person comes. */
  clear() {
    this.items.clear();
    this.list.replaceChildren();
    this.element.replaceChildren();
  }

  /** Show these messages; `pending` are commands that are on their way or failed. */
  show(talk, view) {
    const items = [...this.rows(talk, view), ...view.pending.map((each) => this.pendingRow(each, view))];
    const kept = new Set(items.map((item) => item.key));
    for (const key of this.items.keys()) if (!kept.has(key)) this.items.delete(key);
    const elements = items.map((item) => this.reuse(item));
    const had = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    elements.forEach((element, index) => {
      if (this.list.children[index] !== element) this.list.insertBefore(element, this.list.children[index] ?? null);
    });
    while (this.list.children.length > elements.length) this.list.lastChild.remove();
    if (had && !this.list.contains(document.activeElement)) {
      this.list.querySelector(`[data-key="${CSS.escape(had)}"]`)?.focus({ preventScroll: true });
    }
    this.frame(talk, view, items.length);
  }

  frame(talk, view, count) {
    const more = talk.more && h("div", { class: "earlier" }, h("button", { type: "button", class: "plain", "data-key": "earlier", onclick: this.deeds.earlier }, "Show earlier messages"));
    const empty = !count && h("div", { class: "empty" }, h("h2", {}, view.title), h("p", { class: "quiet" }, "Nothing was said here yet."));
    const frame = `${talk.more}${!count}${view.title}`;
    if (this.framed !== frame || this.list.parentNode !== this.element) refill(this.element, more, empty, this.list);
    this.framed = frame;
  }

  reuse(item) {
    const known = this.items.get(item.key);
    if (known?.made === item.made) return known.element;
    const element = item.build();
    this.items.set(item.key, { made: item.made, element });
    return element;
  }

  *rows(talk, view) {
    let before = null;
    let fresh = view.readUpTo !== null;
    for (const message of talk.messages) {
      if (!before || day(before.at) !== day(message.at)) yield divider(`day-${message.id}`, day(message.at), "");
      if (fresh && later(message.id, view.readUpTo) && message.author.id !== view.me) {
        yield divider("fresh", "New", "fresh");
        fresh = false;
        before = null;
      }
      const grouped = belongsTo(message, before);
      const failure = view.failures.get(message.id) ?? "";
      const made = JSON.stringify([message, grouped, failure, view.namesVersion]);
      yield { key: message.id, made, build: () => this.message(message, grouped, failure, view) };
      before = message;
    }
  }

  message(message, grouped, failure, view) {
    const context = { names: view.names, everyone: message.everyone };
    const classes = ["message", grouped && "grouped", message.ephemeral && "ephemeral", message.pings_me && "pinged"];
    const body = message.thinking
      ? h("p", { class: "thinking" }, `${message.author.name} is thinking …`, dots())
      : message.content && render(message.content, context);
    const edited = message.edited && h("span", { class: "edited", title: stamp(message.edited, "F").textContent }, "(edited)");
    return h(
      "li",
      { class: classes.filter(Boolean).join(" "), id: `m-${message.id}` },
      this.above(message),
      grouped ? h("span", { class: "hour", "aria-hidden": "true" }, hour(message.at)) : avatar(message.author),
      h(
        "div",
        { class: "main" },
        grouped ? h("span", { class: "unseen" }, `${message.author.name}, ${hour(message.at)}`) : headLine(message.author, message.at, !body && edited),
        body,
        body && edited,
        message.embeds.map((embed) => renderEmbed(embed, context)),
        renderFiles(message.files),
        this.components(message),
        failure && h("p", { class: "failure", role: "alert" }, icon("warn"), failure),
        message.ephemeral && !message.thinking && this.ephemeralNote(message),
      ),
    );
  }

  above(message) {
    if (message.reply) {
      const { author, excerpt, id } = message.reply;
      return h(
        "div",
        { class: "context" },
        h("i", { class: "hook", "aria-hidden": "true" }),
        h("span", { class: "unseen" }, "In reply to"),
        author && avatar(author, "tiny"),
        author && h("strong", {}, author.name),
        h("button", { type: "button", class: "excerpt", "data-key": `reply-${message.id}`, onclick: () => this.jump(id) }, excerpt || "a message"),
      );
    }
    if (!message.used) return null;
    return h(
      "div",
      { class: "context" },
      h("i", { class: "hook", "aria-hidden": "true" }),
      avatar(message.used.by, "tiny"),
      h("strong", {}, message.used.by.name),
      "used",
      h("span", { class: "mention" }, `/${message.used.command}`),
    );
  }

  jump(id) {
    const target = document.getElementById(`m-${id}`);
    target?.scrollIntoView({ block: "center" });
    target?.classList.add("flash");
    setTimeout(() => target?.classList.remove("flash"), 1700);
  }

  ephemeralNote(message) {
    return h(
      "p",
      { class: "note" },
      icon("eye"),
      "Only you can see this ·",
      h("button", { type: "button", class: "link", "data-key": `dismiss-${message.id}`, onclick: () => this.deeds.dismiss(message) }, "Dismiss message"),
    );
  }

  components(message) {
    return message.rows.map((row) => h("div", { class: "parts" }, row.map((part) => (part.kind === "button" ? this.button(message, part) : this.select(message, part)))));
  }

  button(message, part) {
    const classes = `press style${part.style}`;
    if (part.url) {
      const isWeb = /^https?:\/\//.test(part.url);
      return h("a", { class: classes, href: isWeb ? part.url : null, target: "_blank", rel: "noopener noreferrer" }, part.label, icon("out"));
    }
    const key = `press-${message.id}-${part.id}`;
    const element = h("button", { type: "button", class: classes, disabled: part.disabled, "data-key": key }, part.label);
    element.addEventListener("click", async () => {
      if (element.getAttribute("aria-busy")) return;
      element.setAttribute("aria-busy", "true");
      element.prepend(icon("wait", "spin"));
      await this.deeds.click(message, part.id);
      element.removeAttribute("aria-busy");
      element.querySelector(".spin")?.remove();
    });
    return element;
  }

  select(message, part) {
    const key = `pick-${message.id}-${part.id}`;
    const element = h(
      "select",
      { class: "pick", disabled: part.disabled, "data-key": key, "aria-label": part.placeholder || "Make a selection" },
      h("option", { value: "", disabled: true, selected: part.chosen === null }, part.placeholder || "Make a selection"),
      part.options.map((option) => h("option", { value: option.value, selected: option.value === part.chosen }, option.label)),
    );
    element.addEventListener("change", async () => {
      await this.deeds.select(message, part.id, element.value);
      if (part.chosen === null) element.selectedIndex = 0;
      else element.value = part.chosen;
    });
    return element;
  }

  pendingRow(each, view) {
    const build = () =>
      h(
        "li",
        { class: "message ephemeral" },
        h("div", { class: "context" }, h("i", { class: "hook", "aria-hidden": "true" }), avatar({ name: each.by, bot: false }, "tiny"), h("strong", {}, each.by), "used", h("span", { class: "mention" }, `/${each.command}`)),
        avatar(view.bot),
        h(
          "div",
          { class: "main" },
          headLine(view.bot, each.at),
          each.failure ? h("p", { class: "failure", role: "alert" }, icon("warn"), each.failure) : h("p", { class: "thinking" }, "Sending command …", dots()),
          each.failure && h("p", { class: "note" }, icon("eye"), "Only you can see this ·", h("button", { type: "button", class: "link", onclick: each.dismiss }, "Dismiss message")),
        ),
      );
    return { key: `pending-${each.id}`, made: each.failure ?? "", build };
  }
}

/** Whether a snowflake is later than another. */
export function later(one, other) {
  return one.length === other.length ? one > other : one.length > other.length;
}

/** Three dots that breathe. */
export function dots() {
  return h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
}

function belongsTo(message, before) {
  if (!before || message.reply || message.used || before.thinking) return false;
  const same = before.author.id === message.author.id && before.ephemeral === message.ephemeral;
  return same && message.at - before.at < GROUP_MS && day(before.at) === day(message.at);
}

function headLine(author, at, mark = null) {
  return h("div", { class: "head-line" }, h("span", { class: "author" }, author.name), author.bot && h("span", { class: "tag" }, "APP"), moment(at), mark);
}

function divider(key, text, kind) {
  return { key, made: text, build: () => h("li", { class: `divider ${kind}` }, text) };
}

function renderEmbed(embed, context) {
  const title = embed.title && renderInline(embed.title, context);
  const isWeb = /^https?:\/\//.test(embed.url ?? "");
  const element = h(
    "div",
    { class: "embed" },
    embed.author && h("div", { class: "small" }, embed.author),
    title && h("div", { class: "title" }, isWeb ? h("a", { href: embed.url, target: "_blank", rel: "noopener noreferrer" }, title) : title),
    embed.description && render(embed.description, context),
    embed.fields.length > 0 && h("dl", { class: "fields" }, fields(embed.fields, context)),
    embed.thumbnail?.address && h("img", { class: "thumb", src: embed.thumbnail.address, alt: embed.thumbnail.about }),
    embed.image && picture(embed.image),
    (embed.footer || embed.at) && h("div", { class: "foot" }, embed.footer, embed.footer && embed.at ? " · " : "", embed.at && stamp(Date.parse(embed.at), "f")),
  );
  if (typeof embed.color === "number") element.style.setProperty("--bar", `#${embed.color.toString(16).padStart(6, "0")}`);
  return element;
}

function picture(image) {
  if (image.address) return h("img", { class: "picture", src: image.address, alt: image.about || "Image of the embed" });
  return h("p", { class: "quiet small" }, "An image from elsewhere is not loaded here: ", h("span", {}, image.url));
}

/* Inline fields stand side by side, up to three in a row. */
function fields(all, context) {
  const shown = [];
  for (let at = 0; at < all.length; ) {
    let end = at;
    while (end < all.length && end - at < 3 && all[end].inline) end += 1;
    const row = all.slice(at, Math.max(end, at + 1));
    shown.push(...row.map((field) => h("div", { class: `field of${row.length}` }, h("dt", {}, renderInline(field.name, context)), h("dd", {}, render(field.value, context)))));
    at += row.length;
  }
  return shown;
}
