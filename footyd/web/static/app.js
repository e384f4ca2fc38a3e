// What the page can do better with JavaScript; everything works without it.
"use strict";

const prefix = document.documentElement.dataset.prefix;
document.documentElement.classList.add("js");

// ---- times, in the reader's zone

const FORMS = {
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { weekday: "short", day: "2-digit", month: "short" },
  full: { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  dated: { day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};
const formats = Object.fromEntries(
  Object.entries(FORMS).map(([name, form]) => [name, new Intl.DateTimeFormat("en-GB", form)]));

function localise(root) {
  for (const time of root.querySelectorAll("time[data-form]")) {
    const at = new Date(time.dateTime);
    time.textContent = formats[time.dataset.form].format(at);
    time.title = at.toLocaleString();
  }
}

// ---- parts that change

const isBusy = (node) => [...node.querySelectorAll("video, audio")].some((player) => !player.paused);

// What the reader has opened or typed.
function keepState(old, fresh) {
  for (const details of old.querySelectorAll("details[id]")) {
    const same = fresh.querySelector("#" + CSS.escape(details.id));
    if (same) same.open = details.open;
  }
  for (const field of old.querySelectorAll("input[name]:not([type=hidden]), textarea[name]")) {
    const same = fresh.querySelector(`${field.tagName}[name="${CSS.escape(field.name)}"]`);
    if (same && field.value !== field.defaultValue) same.value = field.value;
  }
}

function focusedWithin(node) {
  const active = document.activeElement;
  if (!node.contains(active)) return null;
  const tag = active.tagName.toLowerCase();
  return { id: active.id, tag, index: [...node.querySelectorAll(tag)].indexOf(active) };
}

function refocus(node, held) {
  if (!held) return;
  const same = held.id ? document.getElementById(held.id) : node.querySelectorAll(held.tag)[held.index];
  if (same) same.focus({ preventScroll: true });
}

function swap(id, html) {
  const old = document.getElementById(id);
  if (!old || isBusy(old)) return;
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.firstElementChild;
  localise(holder.content);
  keepState(old, fresh);
  const held = focusedWithin(old);
  fresh.classList.add("swapped");
  old.replaceWith(fresh);
  refocus(fresh, held);
}

async function refetch() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected) return location.reload();
  if (!answer.ok) throw new Error(answer.status);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const main = document.querySelector("main");
  adopt(fresh);
  Object.assign(main.dataset, fresh.dataset);
  remember(fresh);
  localise(fresh);
  keepState(main, fresh);
  const held = focusedWithin(main);
  exchange(main, [...fresh.children]);
  if (!main.contains(document.activeElement)) refocus(main, held);
  begin(main);
}

// The state that was shown stands at the end: the beginning is sent before it is known.
function adopt(main) {
  const seen = main.querySelector("#seen");
  if (seen) main.dataset.seen = seen.value;
  if (seen) seen.remove();
}

// Sections are compared as they were served: those that stayed the same are not touched.
const served = new WeakMap();
const remember = (main) => { for (const child of main.children) served.set(child, child.outerHTML); };
let exchanging = false;

function exchange(main, wanted) {
  exchanging = true; // a field that leaves the page says that it has changed
  const texts = new Set(wanted.map((child) => served.get(child)));
  for (const child of [...main.children]) {
    if (!texts.has(served.get(child)) && !isBusy(child)) child.remove();
  }
  let next = main.firstElementChild;
  for (const child of wanted) {
    if (next && served.get(next) === served.get(child)) next = next.nextElementSibling;
    else main.insertBefore(child, next);
  }
  for (let rest = next; rest; rest = next) {
    next = rest.nextElementSibling;
    if (!isBusy(rest)) rest.remove();
  }
  exchanging = false;
}

// ---- the stream: reconnects by itself, and by our timer when the server refused it

let source = null;
let topic = "";
let waits = 0;
const away = document.getElementById("away");

function connect() {
  const main = document.querySelector("main[data-live]");
  if (!main || document.hidden) return;
  disconnect(); // a timer and a page back in front may both come here
  topic = main.dataset.live;
  source = new EventSource(`${prefix}/events?topic=${encodeURIComponent(topic)}&seen=${main.dataset.seen}`);
  source.onopen = () => { waits = 0; away.hidden = true; };
  source.addEventListener("parts", (event) => {
    document.querySelector("main").dataset.seen = event.lastEventId;
    for (const [id, html] of Object.entries(JSON.parse(event.data))) swap(id, html);
  });
  source.addEventListener("stale", () => setTimeout(() => refetch().catch(lost), Math.random() * 500));
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) lost(); else away.hidden = false; };
}

function lost() {
  away.hidden = false;
  disconnect();
  waits = Math.min(waits + 1, 6);
  setTimeout(() => refetch().then(connect).catch(lost), 1000 * 2 ** waits);
}

function disconnect() {
  if (source) source.close();
  source = null;
}

// A page in the background takes no stream; back in front it is asked for anew.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) disconnect();
  else if (!source) connect();
});
addEventListener("pagehide", disconnect);
addEventListener("pageshow", (event) => { if (event.persisted && !source) connect(); });

// ---- forms

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && !exchanging) form.requestSubmit();
});

// Features of single pages: what `main` holds, each time it is new.
const features = [];
function begin(main) { for (const feature of features) feature(main); }

adopt(document.querySelector("main"));
remember(document.querySelector("main"));
localise(document);
begin(document.querySelector("main"));
connect();
