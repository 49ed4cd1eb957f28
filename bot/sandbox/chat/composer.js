/* The message box: text, files, and the list of commands as soon as it begins with a slash. */

import { CommandForm } from "./command_form.js";
import { h, icon } from "./dom.js";
import { act, readFile } from "./live.js";
import { dots } from "./messages.js";

const MAX_TEXT = 2000;
const MAX_FILES = 10;
const OPTION = /([\w-]+):(?:"((?:[^"\\]|\\.)*)"|(\S+))/g;

/** What stands under the messages. */
export class Composer {
  constructor(element, page) {
    this.element = element;
    this.page = page;
    this.files = [];
    this.found = [];
    this.at = 0;
    this.form = null;
    this.busy = false;
    this.build();
  }

  build() {
    this.typing = h("div", { class: "typing", "aria-live": "polite" });
    this.refusal = h("div", {});
    this.attached = h("div", { class: "attached", hidden: true });
    this.popup = h("ul", { class: "popup", id: "commands", role: "listbox", "aria-label": "Commands", hidden: true });
    this.text = h("textarea", {
      id: "composer-text",
      rows: "1",
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-controls": "commands",
      "aria-haspopup": "listbox",
      maxlength: "6000",
    });
    this.counter = h("span", { class: "counter", hidden: true });
    const chosen = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true" });
    const add = h("button", { type: "button", class: "plain bare square", "aria-label": "Attach files", title: "Attach files" }, icon("plus"));
    this.sendButton = h("button", { type: "submit", class: "plain bare square", "aria-label": "Send", title: "Send" }, icon("send"));
    this.writing = h("form", { class: "write" }, add, chosen, this.text, this.counter, this.sendButton);
    add.addEventListener("click", () => chosen.click());
    chosen.addEventListener("change", () => {
      this.attach([...chosen.files]);
      chosen.value = "";
    });
    this.writing.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => this.pressed(event));
    this.text.addEventListener("blur", () => this.showCommands([]));
    this.text.addEventListener("focus", () => this.changed());
    this.text.addEventListener("paste", (event) => event.clipboardData.files.length && this.attach([...event.clipboardData.files]));
    this.slot = h("div", {}, this.attached, this.writing);
    this.element.append(this.popup, this.typing, this.refusal, this.slot);
  }

  /** The state changed: another place, other commands, somebody types. */
  show({ talk, place, title }) {
    this.text.placeholder = talk.may_write ? `Message ${title} or /` : `You may not write in ${title}`;
    this.text.setAttribute("aria-label", `Message ${title}`);
    this.text.disabled = !talk.may_write;
    const typing = talk.typing ? place.bot.name : "";
    if (this.typing.dataset.who !== typing) {
      this.typing.dataset.who = typing;
      this.typing.replaceChildren(...(typing ? [dots(), h("span", {}, h("strong", {}, typing), " is typing …")] : []));
    }
  }

  /** Another place or person: what was begun stays behind, except for plain text. */
  leave() {
    this.closeForm(false);
    this.refuse("");
    this.showCommands([]);
  }

  /** Put a text into the box. */
  fill(text) {
    this.closeForm();
    this.text.value = text;
    this.text.focus();
    this.changed();
  }

  /** Say in red why something was not sent. */
  refuse(sentence) {
    const close = h("button", { type: "button", class: "link", onclick: () => this.refuse("") }, "Dismiss");
    this.refusal.replaceChildren(...(sentence ? [h("div", { class: "refusal", role: "alert" }, icon("warn"), h("span", {}, sentence), close)] : []));
  }

  changed() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    const left = MAX_TEXT - [...this.text.value].length;
    this.counter.hidden = left > 200;
    this.counter.textContent = String(left);
    this.counter.classList.toggle("over", left < 0);
    const typed = /^\/(.*)$/.exec(this.text.value);
    this.showCommands(typed && document.activeElement === this.text ? this.match(typed[1]) : [], Boolean(typed));
  }

  match(typed) {
    const wanted = typed.replace(OPTION, "").trim().toLowerCase();
    const commands = this.page.state.commands?.list ?? [];
    const starts = commands.filter((command) => command.name.startsWith(wanted));
    const holds = commands.filter((command) => !command.name.startsWith(wanted) && command.name.includes(wanted));
    return [...starts, ...holds];
  }

  showCommands(found, asked = false) {
    const same = found.length === this.found.length && found.every((command, index) => command === this.found[index]);
    if (!same) this.at = 0;
    this.found = found;
    const none = asked && !found.length && document.activeElement === this.text;
    this.popup.hidden = !found.length && !none;
    this.text.setAttribute("aria-expanded", String(found.length > 0));
    if (found.length) this.text.setAttribute("aria-activedescendant", `command-${this.at}`);
    else this.text.removeAttribute("aria-activedescendant");
    if (none) this.popup.replaceChildren(h("li", { class: "foot", role: "presentation" }, this.page.state.commands?.list.length ? "No command begins like this." : `${this.page.seat.who} may use no command here.`));
    if (found.length) this.popup.replaceChildren(...found.map((command, index) => this.row(command, index)), keys());
    this.popup.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  row(command, index) {
    const params = command.options.map((option) => h("span", { class: "param" }, option.required ? option.name : `${option.name}?`));
    return h(
      "li",
      {
        role: "option",
        id: `command-${index}`,
        "aria-selected": String(index === this.at),
        onmousedown: (event) => {
          event.preventDefault();
          this.choose(command);
        },
      },
      h("div", {}, h("span", { class: "command-name" }, `/${command.name}`), h("span", { class: "params" }, params)),
      h("div", { class: "quiet small" }, command.about),
    );
  }

  pressed(event) {
    if (event.isComposing) return;
    if (this.found.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        this.at = (this.at + step + this.found.length) % this.found.length;
        this.showCommands(this.found);
        return;
      }
      const ends = event.key === " " && this.text.value === `/${this.found[this.at].name}`;
      if (ends || event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) {
        event.preventDefault();
        this.choose(this.found[this.at]);
        return;
      }
    }
    if (event.key === "Escape") {
      this.showCommands([]);
      this.refuse("");
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    }
  }

  /** Open a command's form, filled with what was typed behind its name. */
  choose(command) {
    const given = {};
    for (const [, name, quoted, bare] of this.text.value.matchAll(OPTION)) given[name] = quoted?.replace(/\\(.)/g, "$1") ?? bare;
    this.openForm(command, given);
  }

  /** Open the form of a command by its name; false when this person has no such command here. */
  open(name, given = {}) {
    const command = this.page.state.commands?.list.find((each) => each.name === name);
    if (command) this.openForm(command, given);
    else this.refuse(`There is no command /${name} for ${this.page.seat.who} here.`);
    return Boolean(command);
  }

  openForm(command, given) {
    this.text.value = "";
    this.changed();
    this.showCommands([]);
    this.refuse("");
    this.form = new CommandForm(command, given, this.page, { close: () => this.closeForm(), refuse: (sentence) => this.refuse(sentence) });
    this.slot.replaceChildren(this.form.element);
    this.form.focus();
    this.page.resized();
  }

  closeForm(focus = true) {
    if (!this.form) return;
    this.form = null;
    this.slot.replaceChildren(this.attached, this.writing);
    if (focus) this.text.focus();
    this.page.resized();
  }

  attach(files) {
    const room = MAX_FILES - this.files.length;
    this.files.push(...files.slice(0, room));
    if (files.length > room) this.refuse(`A message takes at most ${MAX_FILES} files.`);
    this.showFiles();
  }

  showFiles() {
    this.attached.hidden = !this.files.length;
    this.attached.replaceChildren(
      ...this.files.map((file) => {
        const drop = () => {
          this.files = this.files.filter((each) => each !== file);
          this.showFiles();
        };
        return h("span", { class: "chip" }, file.name, h("button", { type: "button", class: "plain bare", "aria-label": `Remove ${file.name}`, onclick: drop }, icon("cross")));
      }),
    );
  }

  async send() {
    const text = this.text.value.trim();
    if (this.busy || (!text && !this.files.length)) return;
    if (text.startsWith("/") && /^\/[\w-]/.test(text)) {
      this.refuse(`There is no command ${text.split(/\s/)[0]} for ${this.page.seat.who} here.`);
      return;
    }
    this.busy = true;
    const outcome = await act("say", this.page.seat, { text, files: await Promise.all(this.files.map(readFile)) });
    this.busy = false;
    this.refuse(outcome.refused ?? outcome.failed ?? "");
    if (outcome.refused || outcome.failed) return;
    this.text.value = "";
    this.files = [];
    this.showFiles();
    this.changed();
    this.page.said();
  }
}

function keys() {
  const parts = [["↑↓", " choose · "], ["Tab", " or "], ["Enter", " take · "], ["Esc", " close"]];
  return h("li", { class: "foot", role: "presentation" }, parts.flatMap(([key, text]) => [h("kbd", {}, key), text]));
}
