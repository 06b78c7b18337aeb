// What the pages need beside htmx. Without it every form still posts and every link still leads somewhere.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, act, options) => document.addEventListener(name, act, options);

  // ---- every piece that comes onto the page, at first and by htmx ----
  function furnish(root) {
    all("[data-enables]", root).forEach(enable);
    all("[data-pays]:checked", root).forEach(suit);
    all(".toast[data-seconds]").forEach(expire);
    all("details[data-fold]", root).forEach(recall);
    all("#toasts [data-news]").forEach(announce);
    explainDesktop();
  }
  const saying = (cross) => one("a, span", cross.closest(".toast")).textContent;
  const known = (cross) => cross.dataset.news + saying(cross); // summaries have no number of their own
  const standing = new Set(all("#toasts [data-news]").map(known)); // came with the page
  const near = (selector, field) => one(selector, field.form ?? document) || one(selector); // a modal window may hold the same form again
  function enable(box) {
    const fields = near(box.dataset.enables, box);
    if (fields) fields.disabled = !box.checked || box.disabled;
  }
  function suit(kind) { // a correction has no receipt: the box goes away, ticked or not, and comes back as it was
    const box = near(kind.dataset.pays, kind);
    if (!box) return;
    box.closest(".fiscal").hidden = box.disabled = kind.value !== "add";
    enable(box);
  }
  function recall(fold) {
    const kept = localStorage.getItem("fold:" + fold.dataset.fold);
    if (kept && !one("[aria-current], [aria-invalid]", fold)) fold.open = kept === "open";
  }
  function remember({ target: fold }) {
    if (fold.dataset?.fold) localStorage.setItem("fold:" + fold.dataset.fold, fold.open ? "open" : "shut");
  }
  function accompany(select) { // what the chosen option says of itself stands beside: its words, its lamp, one more question
    const { note = "", lamp, reveal } = select.selectedOptions[0]?.dataset ?? {}, place = near("#" + select.dataset.notes, select);
    const words = Object.assign(document.createElement("span"), { textContent: note });
    if (lamp) words.className = "lamp " + lamp;
    place?.replaceChildren(...(note ? [words] : []));
    if (select.dataset.reveals) near("#" + select.dataset.reveals, select).hidden = !reveal;
    forgive(select);
  }
  function follow(select) { // money that came by card has a receipt that says so
    const place = near(select.dataset.suits, select);
    if (place) place.value = select.selectedOptions[0]?.dataset.type ?? "CASH";
  }
  function forgive(field) { // what was said of an earlier choice is not true of this one
    field.removeAttribute("aria-invalid");
    field.closest(".row").classList.remove("wrong");
    one(".errors", field.closest(".row"))?.remove();
  }
  on("change", (e) => e.target.matches("[data-enables]") && enable(e.target));
  on("change", (e) => e.target.matches("[data-pays]") && suit(e.target));
  on("change", (e) => e.target.matches("[data-notes]") && accompany(e.target));
  on("change", (e) => e.target.matches("[data-suits]") && follow(e.target));
  on("toggle", remember, true);
  on("keydown", (e) => { // "+" in the sum is no part of any sum: it ticks the box of the receipt, and takes the tick away
    const box = e.key === "+" && e.target.dataset.plus && near(e.target.dataset.plus, e.target);
    if (!box || box.disabled) return;
    e.preventDefault();
    box.click();
  });

  // ---- news in the corner ----
  function expire(toast) {
    const seconds = Number(toast.dataset.seconds);
    const leave = () => (document.hidden || toast.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : toast.remove());
    if (seconds && !toast.dataset.due) toast.dataset.due = setTimeout(leave, seconds * 1000);
  }
  // Outside of the browser's window: browsers know Notification on HTTPS (and localhost) only, and ask for a click first.
  const desktop = () => !isSecureContext ? "insecure" : !window.Notification ? "missing" : Notification.permission;
  const heard = () => desktop() === "granted" && one("#news[data-desktop]");
  function announce(cross) {
    if (cross.dataset.told) return;
    cross.dataset.told = "1"; // or seen here before the click, which is enough
    if (!heard() || standing.has(known(cross))) return; // an error of an earlier page
    try { new Notification(one(".bar .name").textContent, { body: saying(cross), tag: "news-" + cross.dataset.news }); } // the tag: once, however many pages are open
    catch { } // Android wants a service worker
  }
  const explainDesktop = () => all("[data-desktop-is]").forEach((line) => (line.hidden = line.dataset.desktopIs !== desktop()));
  on("click", (e) => e.target.closest("[data-desktop-ask]") && Notification.requestPermission().then(explainDesktop));

  // ---- one press, one request; a question first where the form wants one ----
  function ask(form, button) {
    const dialog = one("#ask");
    one("#ask-text").textContent = form.dataset.confirm;
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.agreed = "1";
      form.requestSubmit(button);
    };
    dialog.showModal();
  }
  function busy(form, yes) {
    if (!yes) delete form.dataset.sent;
    [...form.elements].filter((b) => b.type === "submit").forEach((b) => (b.disabled = yes));
  }
  on("submit", (e) => {
    const form = e.target, stop = () => { e.preventDefault(); e.stopImmediatePropagation(); };
    if (form.method !== "post") return;
    if (form.dataset.sent) return stop();
    if (form.dataset.confirm && !form.dataset.agreed && one("#ask")) { stop(); return ask(form, e.submitter); }
    delete form.dataset.agreed;
    form.dataset.sent = "1";
    setTimeout(() => busy(form, true)); // after the browser has read the pressed button's own name and value
    setTimeout(() => busy(form, false), 10000); // no answer came: a person may press again, the server knows the form
  }, true);
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => busy(form, false)));
  on("htmx:afterRequest", (e) => e.target.matches("form") && busy(e.target, false));

  // ---- htmx: the token, quiet polls, refusals said aloud, the focus kept ----
  on("htmx:configRequest", (e) => (e.detail.headers["X-CSRFToken"] = one("meta[name=csrf-token]").content));
  on("htmx:beforeRequest", (e) => { // nobody looks, or somebody types just here, or the server is away: a later beat will do
    const unseen = document.hidden && !(e.target.id === "news" && heard());
    if (e.target.matches("[data-poll]") && (unseen || Date.now() < away.until || one(":is(input, select, textarea):focus", e.target.closest("[data-waits]") ?? e.target))) e.preventDefault();
  });
  const away = { times: 0, until: 0 }; // a server that does not answer is asked less and less often, at least once a minute
  const show = (notice, yes) => one(notice) && (one(notice).hidden = !yes);
  function trouble(notice) {
    show(notice, true);
    if (Date.now() < away.until) return; // polls that were under way together fail together
    away.times += 1;
    away.until = Date.now() + Math.min(60, 2 ** away.times) * (750 + 500 * Math.random());
  }
  function connected(status) {
    show("#offline", false);
    if (status === 200) show("#signed-out", false); // a 204 is said to anybody
    Object.assign(away, { times: 0, until: 0 });
  }
  on("htmx:sendError", () => trouble("#offline"));
  on("htmx:timeout", () => trouble("#offline"));
  on("htmx:afterRequest", (e) => e.detail.successful && connected(e.detail.xhr.status));
  on("htmx:responseError", (e) => {
    const { xhr } = e.detail, ours = xhr.getResponseHeader("Retry-After"); // the house itself can not do it now, and says why
    if (xhr.status >= 500) trouble("#offline");
    if (xhr.status === 401) return trouble("#signed-out");
    if (!e.target.matches("[data-poll]") && (xhr.status < 500 || ours)) refuse(ours ? xhr.responseText : "");
  });
  function refuse(words) { // words: HTML; none: those of the page
    const toast = one("#refused")?.content.cloneNode(true);
    if (!toast) return;
    if (words) one("span", toast).textContent = new DOMParser().parseFromString(words, "text/html").body.textContent;
    const said = one("span", toast).textContent;
    if (!all("#toasts span").some((span) => span.textContent === said)) one("#toasts").append(toast);
  }
  on("htmx:beforeSwap", (e) => { // htmx itself keeps the focus only of what has an id
    const { target } = e.detail, held = document.activeElement, reachable = "a[href], button, input:not([type=hidden]), select, textarea";
    if (!target.id || held.id || !target.contains(held)) return;
    const place = all(reachable, target).indexOf(held);
    on("htmx:afterSettle", () => {
      const fresh = one("#" + CSS.escape(target.id));
      if (fresh && document.activeElement === document.body) all(reachable, fresh)[place]?.focus();
    }, { once: true });
  });

  // ---- the modal window, the drawer, things that close ----
  on("click", (e) => { // what a link opens stands in the modal window; in a new tab or window where that was asked for
    const link = e.target.closest("a[data-modal]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    htmx.ajax("GET", link.getAttribute("href"), { source: link, target: "#modal", swap: "innerHTML" });
  });
  on("htmx:afterSwap", (e) => e.detail.target.id === "modal" && !e.detail.target.open && e.detail.target.showModal());
  on("click", (e) => {
    const closer = e.target.closest("[data-close]");
    if (closer?.closest(".toast")) closer.closest(".toast").remove();
    else if (closer || e.target.matches("dialog.modal")) e.target.closest("dialog")?.close();
    if (e.target.closest("[data-print]")) print();
    all(".drop[open]").forEach((drop) => drop.contains(e.target) || (drop.open = false));
    drawer(e, e.target.closest("[data-drawer]"), one("#menu"));
  });
  function drawer(e, burger, menu) {
    if (burger) e.preventDefault();
    if (!menu || menu.contains(e.target)) return;
    const open = menu.classList.toggle("open", Boolean(burger) && !menu.classList.contains("open"));
    one("[data-drawer]").setAttribute("aria-expanded", open);
    if (open) one("input:not([type=hidden]), a", menu)?.focus();
  }
  on("keydown", (e) => {
    if (e.key !== "Escape") return;
    all(".drop[open]").forEach((drop) => { drop.open = false; one("summary", drop).focus(); });
    if (one("#menu.open")) one("[data-drawer]").click(), one("[data-drawer]").focus();
  });

  on("keydown", (e) => { // Enter beside a button of its own presses that one, not the first of the form
    const own = e.key === "Enter" && e.target.matches("[data-own] input") && one("button", e.target.closest("[data-own]"));
    if (own) e.preventDefault(), own.click();
  });

  // ---- search of subscribers: "/" comes here, arrows choose, Enter opens the chosen one or the first ----
  const SEEK = "input[type=search][hx-target]";
  const listOf = (field) => one(field.getAttribute("hx-target"));
  function choose(field, options, place) {
    options.forEach((option, i) => { option.id = listOf(field).id + "-" + i; option.ariaSelected = String(i === place); });
    field.setAttribute("aria-activedescendant", options[place].id);
    options[place].scrollIntoView({ block: "nearest" });
  }
  function steer(e, field, list) {
    const options = all("[role=option]", list), now = options.findIndex((option) => option.ariaSelected === "true");
    if (e.key === "Escape") { list.replaceChildren(); field.ariaExpanded = "false"; }
    if (!options.length) return;
    if (e.key === "Enter" && list.dataset.q === field.value) { e.preventDefault(); options[Math.max(now, 0)].click(); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    choose(field, options, now < 0 ? (step > 0 ? 0 : options.length - 1) : (now + step + options.length) % options.length);
  }
  on("keydown", (e) => {
    if (e.target.matches(SEEK)) return steer(e, e.target, listOf(e.target));
    const field = one("main " + SEEK) || one(SEEK);
    if (e.key !== "/" || !field || e.target.matches("input, textarea, select") || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    field.select();
  });
  on("htmx:afterSwap", (e) => {
    const field = e.detail.requestConfig.elt, list = e.detail.target;
    if (!field.matches(SEEK)) return;
    list.dataset.q = new URL(e.detail.xhr.responseURL).searchParams.get("q"); // whose answer this is
    field.removeAttribute("aria-activedescendant");
    Object.assign(field, { role: "combobox", ariaExpanded: String(list.childElementCount > 0) });
    list.role = one("[role=option]", list) ? "listbox" : "status"; // "nobody was found" is news, not a choice
    field.setAttribute("aria-controls", list.id);
  });

  on("htmx:load", (e) => furnish(e.detail.elt));
  furnish(document);
})();
