// The page of one person. The server draws the document and says what is new; what people typed
// is only ever put in as text. Nothing here knows a word of any language.

const { nick } = document.body.dataset;
const words = document.getElementById("words").dataset;
const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
const trouble = document.getElementById("trouble");
const narrow = matchMedia("(max-width: 50rem)");

// Where this tab did something whose answer has not come: only that may move the focus.
let awaited = "";

// --- doing -------------------------------------------------------------------------------------

async function send(what, said) {
  const body = new FormData();
  for (const [name, value] of Object.entries(said)) body.append(name, value);
  const response = await fetch(`${nick}/${what}`, { method: "POST", body }).catch(() => null);
  trouble.textContent = response?.ok ? "" : words.failed;
  return response?.ok ? response : null;
}

// Busy, not disabled: a button that cannot be pressed any more would lose the focus.
async function once(button, act) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  await act();
  button.removeAttribute("aria-busy");
}

function say(place, text, more = {}) {
  awaited = place;
  return send("says", { place, text, ...more });
}

function press(place, message, token, writes = "") {
  awaited = place;
  return send("presses", { message, token, writes });
}

// --- drawing -----------------------------------------------------------------------------------

function drawLine({ shape, pieces }) {
  const line = document.createElement("p");
  line.className = shape;
  for (const [kind, text] of pieces) {
    // Somebody else's words may turn the direction of writing around, but only their own.
    const piece = document.createElement("bdi");
    piece.className = kind;
    piece.textContent = text;
    line.append(kind === "ours" ? text : piece);
  }
  return line;
}

function drawRow(message, row) {
  const shown = document.createElement("div");
  shown.className = "row";
  for (const { label, token, style, asks } of row) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = style;
    button.textContent = label;
    button.dataset.token = token;
    button.onclick = () => once(button, () => pressed(message, button, asks));
    shown.append(button);
  }
  return shown;
}

async function pressed(message, button, asks) {
  const { place, id } = message;
  if (!asks) return press(place, id, button.dataset.token);
  const article = button.closest("article");
  article.querySelector(".answer")?.remove();
  const form = ask(article, asks, (text) => press(place, id, button.dataset.token, text));
  form.querySelector(".cancel").onclick = () => { form.remove(); button.focus(); };
  form.scrollIntoView({ block: "nearest" });
  form.elements.text.focus({ preventScroll: true });
}

function ask(article, question, answer) {
  const form = clone("answer");
  if (question) form.querySelector("span").textContent = question;
  const { text } = form.elements;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const said = text.value;
    text.value = "";
    if (!(await answer(said))) text.value = said;
    else if (!text.value) {
      if (form.contains(document.activeElement)) article.focus();
      form.remove();
    }
  };
  form.onkeydown = ({ key }) => { if (key === "Escape") form.querySelector(".cancel")?.click(); };
  article.append(form);
  return form;
}

function draw(message) {
  const { id, by, marks, time, lines, buttons = [], place } = message;
  const article = clone("message");
  article.dataset.id = id ?? "";
  article.lang = message.language ?? "";
  if (!message.language) article.removeAttribute("lang");
  article.classList.toggle("own", message.own === true);
  article.classList.toggle("alone", place === "group" && message.alone === true);
  article.querySelector("b").textContent = by;
  article.querySelector(".marks").textContent = marks.join(" · ");
  article.querySelector("time").textContent = time;
  article.querySelector(".lines").append(...lines.map(drawLine));
  if (message.picture) {
    const picture = clone("picture");
    picture.src = `${nick}/pictures/${encodeURIComponent(id)}`;
    article.append(picture);
  }
  if (message.file) {
    const file = clone("file");
    file.firstElementChild.href = `${nick}/files/${encodeURIComponent(id)}`;
    file.firstElementChild.download = message.file;
    file.firstElementChild.textContent = message.file;
    article.append(file);
  }
  article.append(...buttons.map((row) => drawRow(message, row)));
  if (message.reply) article.append(drawReply(message));
  return article;
}

function drawReply({ place, reply }) {
  const button = clone("reply");
  button.onclick = () => places[place].replyTo(reply);
  return button;
}

// --- a place: the group, or the private talk ---------------------------------------------------

class Place {
  constructor(name) {
    this.name = name;
    this.log = document.querySelector(`#${name} .log`);
    this.form = document.querySelector(`#${name} .writing`);
    this.replying = this.form.querySelector(".replying");
    this.unseen = 0;
    this.replyingTo = "";
    const { photo } = this.form.elements;
    const label = photo.nextElementSibling;
    const empty = label.textContent;
    photo.onchange = () => { label.textContent = photo.files[0]?.name ?? empty; };
    this.form.onreset = () => { label.textContent = empty; this.answers(null); };
    this.form.onsubmit = (event) => { event.preventDefault(); this.write(); };
    this.replying.querySelector("button").onclick = () => this.replyTo(null);
    guessing(this.form.elements.text, this.form.querySelector(".guesses"));
    closing(this.form.querySelector(".menu"));
    for (const each of document.querySelectorAll(`#${name} [data-says]`)) {
      each.onclick = () => say(name, each.dataset.says);
    }
  }

  get isHidden() {
    const shown = location.hash === "#private" && places.private ? "private" : "group";
    return narrow.matches && this.name !== shown;
  }

  async write() {
    const { text, photo } = this.form.elements;
    const more = { replies_to: this.replyingTo };
    if (photo.files[0]) more.photo = photo.files[0];
    if (await say(this.name, text.value, more)) this.form.reset();
  }

  answers(reply) {
    this.replyingTo = reply?.to ?? "";
    this.replying.hidden = !reply;
    this.replying.querySelector("span").textContent = reply?.said ?? "";
  }

  replyTo(reply) {
    this.answers(reply);
    this.form.elements.text.focus();
  }

  show(message) {
    const article = draw(message);
    const before = message.id && this.log.querySelector(`[data-id="${CSS.escape(message.id)}"]`);
    if (before) this.exchange(before, article);
    else this.add(message, article);
    if (message.answers && awaited !== this.name) this.log.querySelector(".answer.open")?.remove();
    if (message.alone && awaited === this.name) awaited = "";
  }

  // A card that changed stays where it is, and so does the focus within it.
  exchange(before, article) {
    const focused = before.contains(document.activeElement) && document.activeElement;
    before.replaceWith(article);
    article.classList.add("changed");
    if (!focused) return;
    const token = CSS.escape(focused.dataset.token ?? "");
    (article.querySelector(`[data-token="${token}"]`) ?? article).focus();
  }

  add(message, article) {
    const mine = message.own || awaited === this.name;
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    this.log.append(article);
    if (message.asks) this.askBelow(article);
    if (this.log.hasAttribute("aria-busy")) return;
    if (mine || (atEnd && !narrow.matches)) this.turnTo(article);
    if (this.isHidden) this.count(this.unseen + 1);
  }

  // A picture takes its room only once it is there.
  turnTo(article) {
    const turn = () => article.scrollIntoView({ block: "nearest" });
    article.querySelector("img")?.addEventListener("load", turn, { once: true });
    turn();
  }

  // All that was said before is there: show the newest of it.
  begin() {
    if (!this.log.hasAttribute("aria-busy")) return;
    this.log.removeAttribute("aria-busy");
    const newest = this.log.querySelector("article:last-of-type");
    if (newest) this.turnTo(newest);
  }

  // Only the newest question can be answered; its field is where the answer is expected.
  askBelow(article) {
    const before = this.log.querySelector(".answer.open");
    const form = ask(article, "", (text) => say(this.name, text));
    // Who types faster than we answer goes on where they were.
    form.elements.text.value = before?.elements.text.value ?? "";
    before?.remove();
    form.classList.add("open");
    form.querySelector(".cancel").remove();
    if (awaited === this.name) form.elements.text.focus({ preventScroll: true });
  }

  count(unseen) {
    this.unseen = unseen;
    mark(document.querySelector(`[data-news-in="${this.name}"]`), unseen);
  }
}

function mark(badge, count) {
  badge.hidden = !count;
  badge.textContent = count ? `${count} ${words.new}` : "";
}

// --- what could be meant while somebody types --------------------------------------------------

function guessing(input, list) {
  let turn = 0;
  let chosen = -1;

  const close = () => {
    turn += 1;
    chosen = -1;
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const take = (option) => {
    input.value = option.dataset.line;
    close();
    input.focus();
    look();
  };
  const choose = (step) => {
    chosen = (chosen + step + list.children.length) % list.children.length;
    for (const [place, each] of [...list.children].entries()) {
      each.setAttribute("aria-selected", String(place === chosen));
    }
    input.setAttribute("aria-activedescendant", list.children[chosen].id);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  };
  const option = ({ line, label, about }, place) => {
    const item = document.createElement("li");
    const name = document.createElement("b");
    const more = document.createElement("small");
    name.textContent = label;
    more.textContent = about;
    item.append(name, " ", more);
    item.id = `${list.id}-${place}`;
    item.dataset.line = line;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.onpointerdown = (event) => { event.preventDefault(); take(item); };
    return item;
  };
  const look = async () => {
    const line = input.value;
    close();
    if (!line.startsWith("/")) return;
    const mine = turn;
    const response = await fetch(`${nick}/guesses?line=${encodeURIComponent(line)}`).catch(() => null);
    const found = response?.ok ? await response.json() : [];
    if (mine !== turn || !found.length || document.activeElement !== input) return;
    list.replaceChildren(...found.map(option));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };

  input.oninput = look;
  input.onblur = close;
  input.form.addEventListener("submit", close);
  input.onkeydown = (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") choose(1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? 0 : -1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen]);
    else return;
    event.preventDefault();
  };
}

// A menu is open until something in it is chosen, or one goes elsewhere.
function closing(menu) {
  const close = () => { menu.open = false; menu.firstElementChild.focus(); };
  menu.onkeydown = ({ key }) => { if (key === "Escape") close(); };
  menu.onclick = ({ target }) => { if (target.closest("button")) close(); };
  menu.onfocusout = ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
  };
}

// --- the frame: place, clock, news -------------------------------------------------------------

const places = {};
for (const { id } of document.querySelectorAll("main section")) places[id] = new Place(id);

function look() {
  for (const link of document.querySelectorAll(".places a")) {
    const place = places[link.hash.slice(1)];
    if (!place || place.isHidden) link.removeAttribute("aria-current");
    else { link.setAttribute("aria-current", "true"); place.count(0); }
  }
  // Whoever becomes somebody else stays in the same place.
  for (const link of document.querySelectorAll(".people a")) link.hash = location.hash;
}

addEventListener("hashchange", look);
narrow.addEventListener("change", look);

const time = document.getElementById("time");
document.getElementById("clock").onsubmit = (event) => {
  event.preventDefault();
  once(event.submitter, async () => {
    time.textContent = words.passing;
    const response = await send("clock", { by: event.submitter.value });
    if (response) time.textContent = (await response.json()).said;
  });
};

// A browser keeps six connections to one address: a page that nobody sees lets go of its own.
let events;
let seen = "0";
let isOver = false;

function listen() {
  events = new EventSource(`${nick}/events?after=${seen}`);
  events.addEventListener("message", ({ data, lastEventId }) => {
    seen = lastEventId;
    const message = JSON.parse(data);
    places[message.place].show(message);
  });
  events.addEventListener("state", ({ data }) => stand(JSON.parse(data)));
  events.addEventListener("over", end);
  events.onopen = () => { trouble.textContent = ""; };
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) end();
    else trouble.textContent = words.lost;
  };
}

function end() {
  isOver = true;
  events.close();
  trouble.textContent = words.over;
}

function stand({ language, clock, news }) {
  // In another language every word of the page is another one.
  if (language !== document.documentElement.lang) return location.reload();
  const isFirst = document.querySelector("#group .log").hasAttribute("aria-busy");
  for (const place of Object.values(places)) place.begin();
  if (!time.textContent.startsWith(clock) && !clockIsBusy()) time.textContent = clock;
  for (const [each, count] of Object.entries(news)) {
    mark(document.querySelector(`[data-news="${CSS.escape(each)}"]`), count);
  }
  // What is marked beside a name moves the others.
  if (isFirst) showWho();
}

function showWho() {
  const current = document.querySelector(".people [aria-current]");
  current.scrollIntoView({ block: "nearest", inline: "center" });
}

document.addEventListener("visibilitychange", () => {
  events.close();
  if (!document.hidden && !isOver) listen();
});

function clockIsBusy() {
  return document.querySelector("#clock [aria-busy]") !== null;
}

look();
listen();
showWho();
