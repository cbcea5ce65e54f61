// The page's liveliness: forms without a reload, and parts that follow what happens on the server.
// The server renders everything; this only puts new pieces where the old ones were.
"use strict";

const rendered = new WeakMap(); // element -> its HTML as the server gave it
const toast = document.getElementById("toast");
let toastTimer;

function remember(root) {
  for (const element of root.querySelectorAll("[data-live]")) {
    rendered.set(element, element.outerHTML);
    for (const child of element.querySelectorAll(":scope > [data-key]")) {
      rendered.set(child, child.outerHTML);
    }
  }
}

// Puts `fresh` in place of `old` unless it is the same, and keeps what the person is doing.
function replace(old, fresh) {
  const html = fresh.outerHTML;
  if (rendered.get(old) === html) return old;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const details of old.parentElement.querySelectorAll("details[open][id]")) {
    if (details === old) fresh.open = true;
  }
  old.replaceWith(fresh);
  rendered.set(fresh, html);
  const again = focused && document.getElementById(focused);
  if (again) again.focus({ preventScroll: true });
  return fresh;
}

// Makes a list's children those of `fresh`; says whether a new one came.
function syncList(old, fresh) {
  let hasNew = false;
  const atEnd = old.scrollHeight - old.scrollTop - old.clientHeight < 80;
  const known = new Map([...old.children].map((child) => [child.dataset.key, child]));
  let before = old.firstElementChild;
  for (const child of [...fresh.children]) {
    const html = child.outerHTML;
    let current = known.get(child.dataset.key);
    known.delete(child.dataset.key);
    if (current) {
      const isNext = current === before;
      current = replace(current, child);
      if (isNext) before = current.nextElementSibling;
      else old.insertBefore(current, before);
    } else {
      old.insertBefore(child, before);
      rendered.set(child, html);
      if (child.dataset.key !== "nothing") hasNew = true;
    }
  }
  for (const gone of known.values()) gone.remove();
  if (atEnd) old.scrollTop = old.scrollHeight;
  return hasNew;
}

async function refresh(part) {
  const response = await fetch(`/part/${part}${location.search}`).catch(() => null);
  if (!response || !response.ok) return;
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  for (const fresh of template.content.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    if (fresh.dataset.live !== "list") replace(old, fresh);
    else if (syncList(old, fresh) && old.matches("[role=log]")) tellNews(part);
  }
}

const waiting = new Map(); // part -> the refresh that runs, and whether another is wanted

async function refreshOnce(part) {
  if (waiting.has(part)) {
    waiting.set(part, true);
    return;
  }
  do {
    waiting.set(part, false);
    await refresh(part);
  } while (waiting.get(part));
  waiting.delete(part);
}

function follow() {
  const stream = new EventSource("/changes");
  stream.onmessage = (event) => JSON.parse(event.data).forEach(refreshOnce);
}

// Marks the tab of a conversation that is not in sight and has something new.
function tellNews(part) {
  const pane = document.querySelector(`[data-pane="${part}"]`);
  const isShown = getComputedStyle(pane).display !== "none";
  document.querySelector(`.tabs [data-tab="${part}"] .news`).hidden = isShown;
}

function show(text, isError) {
  clearTimeout(toastTimer);
  toast.textContent = text;
  toast.classList.toggle("error", isError);
  toast.classList.add("shown");
  toastTimer = setTimeout(() => toast.classList.remove("shown"), 4000);
}

function showAlert(text) {
  document.getElementById("alert-text").textContent = text;
  document.getElementById("alert").showModal();
}

async function submit(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const action = (button && button.getAttribute("formaction")) || form.getAttribute("action");
  if (button) {
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
  }
  try {
    const response = await fetch(action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!response.ok) {
      show(await response.text(), true);
      return;
    }
    const answer = await response.json();
    if (answer.notice && answer.is_alert) showAlert(answer.notice);
    else if (answer.notice) show(answer.notice, answer.is_error);
    const menu = button && button.closest("details.attach");
    if (menu) menu.open = false;
    if ("clears" in form.dataset && !answer.is_error) clear(form);
    if (answer.url) location.assign(answer.url);
  } catch {
    show(document.body.dataset.away, true);
  } finally {
    if (button) button.removeAttribute("aria-busy");
  }
}

function clear(form) {
  for (const field of form.querySelectorAll("textarea")) {
    field.value = "";
    grow(field);
  }
}

function grow(field) {
  field.style.height = "auto";
  if (field.scrollHeight > field.clientHeight) field.style.height = `${Math.min(field.scrollHeight + 2, 160)}px`;
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-form]")) return;
  event.preventDefault();
  submit(event.target, event.submitter);
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-on-change]");
  if (form) form.requestSubmit();
});

document.addEventListener("input", (event) => {
  if (event.target.matches(".composer textarea")) grow(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (!event.target.matches(".composer textarea")) return;
  event.preventDefault();
  if (event.target.value.trim()) event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const spoiler = event.target.closest(".spoiler");
  if (spoiler) spoiler.classList.toggle("revealed");
  const copying = event.target.closest("[data-copy]");
  if (copying) {
    navigator.clipboard.writeText(copying.dataset.copy).then(
      () => show(copying.dataset.copied, false),
      () => showAlert(copying.dataset.copy),
    );
  }
  const tab = event.target.closest(".tabs a");
  if (tab && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    choose(tab);
  }
});

function choose(tab) {
  document.body.dataset.tab = tab.dataset.tab;
  for (const other of document.querySelectorAll(".tabs a")) other.removeAttribute("aria-current");
  tab.setAttribute("aria-current", "true");
  tab.querySelector(".news").hidden = true;
  history.replaceState(null, "", tab.href);
  toTheEnd();
}

function toTheEnd() {
  for (const list of document.querySelectorAll("[role=log]")) list.scrollTop = list.scrollHeight;
}

remember(document);
toTheEnd();
follow();
