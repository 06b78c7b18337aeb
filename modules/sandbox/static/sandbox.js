// The page asks /live once a second, slides new slips out, and sends every switch as one PATCH.
"use strict";
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const roll = $("#roll");
const drawn = new Map();
let seq = Number(document.body.dataset.seq), toastTimer = 0, asking = false;

function toast(text, bad = false) {
  const box = $("#toast");
  box.textContent = text;
  box.className = bad ? "toast shown bad" : "toast shown";
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.className = "toast"; }, bad ? 8000 : 2500);
}

async function send(method, address, body) {
  const answer = await fetch(address, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error((said.errors || ["Не получилось"]).join("; "));
  return said;
}

async function act(method, address, body, done) {
  try {
    await send(method, address, body);
    if (done) toast(done);
  } catch (error) { toast(error.message, true); }
  await poll();
}

function drawRegions(regions) {
  for (const [name, html] of Object.entries(regions)) {
    const place = $(`[data-region="${name}"]`);
    if (drawn.get(name) === html) continue;
    const focused = place.contains(document.activeElement) && document.activeElement;
    const mark = focused && (focused.dataset.patch || focused.dataset.post);
    place.innerHTML = html;
    drawn.set(name, html);
    if (mark) ($$("button", place).find((b) => mark === (b.dataset.patch || b.dataset.post)) || $("button", place))?.focus();
  }
}

function drawSlips(answer) {
  for (const html of answer.slips.reverse()) {
    roll.insertAdjacentHTML("afterbegin", html);
    const slip = roll.firstElementChild;
    slip.style.setProperty("--tall", `${slip.offsetHeight}px`);
    slip.classList.add("fresh");
    $("#toast").className.includes("shown") || toast(`Напечатан чек: ${$(".total b", slip).textContent.slice(1)} ₽`);
  }
  if (answer.seq) seq = answer.seq;
  $$(".slip", roll).slice(12).forEach((old) => old.remove());
}

function parts(row) {
  return Object.fromEntries($$("[data-part]", row).map((control) => [control.dataset.part, control]));
}

function modeOf(value) {
  if (value.next) return ["next", value.next];
  if (value.every) return ["every", value.every];
  return value.probability > 0 && value.probability < 1 ? ["chance", Math.round(value.probability * 100)] : ["always", null];
}

function put(control, value) {
  if (!control || control === document.activeElement && control.type !== "checkbox") return;
  if (control.type === "checkbox") control.checked = value; else if (value !== null) control.value = value;
}

function drawRow(row, value) {
  const control = parts(row);
  if (row.dataset.kind === "switch") return put(control.on, value);
  if (row.dataset.kind !== "accident") { put(control.value, value); return put(control.slider, value); }
  const on = value.probability > 0 || value.every > 0 || value.next > 0;
  put(control.on, on);
  if (on) { const [mode, amount] = modeOf(value); put(control.mode, mode); put(control.amount, amount); }
  control.amount.parentElement.hidden = control.mode.value === "always";
  put(control.paths, value.paths[0]); put(control.when, value.when); put(control.seconds, value.seconds);
}

function drawSwitches(answer) {
  for (const row of $$("[data-fault]")) {
    drawRow(row, answer.values[row.dataset.fault]);
    row.classList.toggle("changed", answer.touched.includes(row.dataset.fault));
  }
}

function wishOf(row) {
  const control = parts(row);
  if (row.dataset.kind === "switch") return control.on.checked;
  if (row.dataset.kind === "choice") return control.value.value;
  if (row.dataset.kind === "number") return Number(control.value.value);
  const amount = Number(control.amount.value) || 1;
  const how = { always: { probability: 1 }, next: { next: amount }, every: { every: amount }, chance: { probability: Math.min(amount, 100) / 100 } };
  const wish = { ...(control.on.checked ? how[control.mode.value] : { probability: 0 }), paths: [control.paths.value] };
  if (control.when) wish.when = control.when.value;
  if (control.seconds) wish.seconds = Number(control.seconds.value);
  return wish;
}

async function poll() {
  if (document.hidden || asking) return;
  asking = true;
  try {
    const answer = await (await fetch(`/live?after=${seq}`)).json();
    drawRegions(answer.regions);
    drawSlips(answer);
    drawSwitches(answer);
    document.body.classList.remove("lost");
  } catch { document.body.classList.add("lost"); } finally { asking = false; }
}

document.addEventListener("change", (event) => {
  const row = event.target.closest("[data-fault]");
  if (!row) return;
  const control = parts(row);
  if (event.target === control.slider) control.value.value = control.slider.value;
  if (control.mode) control.amount.parentElement.hidden = control.mode.value === "always";
  act("PATCH", "/sandbox/faults", { [row.dataset.fault]: wishOf(row) });
});
document.addEventListener("input", (event) => {
  const row = event.target.closest("[data-fault]");
  if (row && event.target.dataset.part === "slider") parts(row).value.value = event.target.value;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.post) act("POST", button.dataset.post, {}, button.dataset.done);
  if (button?.dataset.show) $(button.dataset.show).scrollIntoView(); // on a small screen what the press brings stands far above
  if (button?.dataset.patch) act("PATCH", button.dataset.to || "/sandbox/faults", JSON.parse(button.dataset.patch));
});
$("[data-print]").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const sum = form.get("sum").replace(/\s/g, "").replace(",", ".");
  if (!/^\d+(\.\d{1,2})?$/.test(sum)) return toast("Сумма — рубли и копейки, например 150,00", true);
  act("POST", "/sandbox/print", { name: form.get("name"), kopecks: Math.round(Number(sum) * 100) });
});
document.addEventListener("visibilitychange", poll);
setInterval(poll, 1000);
