// Tutela: small conveniences. Every page works without this file; see the data-* hooks.
// Words come from the page, in its language.
const say = (text) => { const box = document.querySelector("[data-announce]"); if (box) { box.textContent = ""; setTimeout(() => { box.textContent = text; }, 60); } };

// Errors come first: move focus to the summary, and from its links to the field.
document.querySelector("[data-focus]")?.focus();

document.addEventListener("click", async (event) => {
  const on = (hook) => event.target.closest(`[${hook}]`);

  const peek = on("data-peek");
  if (peek) {
    const input = document.getElementById(peek.dataset.peek);
    const { hide, hideLabel, shown, hidden } = peek.dataset;
    peek.dataset.show ??= peek.textContent;
    peek.dataset.showLabel ??= peek.getAttribute("aria-label");
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    peek.textContent = show ? hide : peek.dataset.show;
    peek.setAttribute("aria-label", show ? hideLabel : peek.dataset.showLabel);
    say(show ? shown : hidden);
  }

  const copy = on("data-copy") ?? on("data-copy-from");
  if (copy) {
    const value = copy.dataset.copy ?? document.getElementById(copy.dataset.copyFrom).textContent;
    await navigator.clipboard.writeText(value);
    const { copied } = document.body.dataset;
    copy.dataset.done = "";
    say(copied);
    const label = copy.querySelector("[data-label]");
    if (label) { const old = label.textContent; label.textContent = copied; setTimeout(() => { label.textContent = old; }, 2000); }
  }

  const toggle = on("data-toggle-row");
  if (toggle) {
    const row = document.getElementById(toggle.getAttribute("aria-controls"));
    if (!row) return; // not loaded yet: the form asks the server for ?open=<id>
    event.preventDefault();
    row.hidden = !row.hidden;
    toggle.setAttribute("aria-expanded", String(!row.hidden));
    toggle.closest("tr").classList.toggle("open", !row.hidden);
  }

  const opener = on("data-dialog");
  if (opener) { event.preventDefault(); document.getElementById(opener.dataset.dialog)?.showModal(); }
  if (on("data-close")) { event.preventDefault(); event.target.closest("dialog")?.close(); }
});

// A pressed button says that it works, once that takes long enough to notice, and ignores a
// second press. Coming back to the page makes it usable again.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.dataset.busyText) return;
  if (button.ariaBusy === "true") { event.preventDefault(); return; }
  button.ariaBusy = "true";
  button.dataset.text ??= button.textContent;
  setTimeout(() => { if (button.ariaBusy === "true") button.textContent = button.dataset.busyText; }, 400);
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-busy-text][aria-busy]")) {
    button.ariaBusy = null;
    if (button.dataset.text) button.textContent = button.dataset.text;
  }
});

// Menus: browsers without anchor positioning get their place from here.
if (!CSS.supports("position-area", "block-end")) {
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLElement) || !menu.matches(".menu[popover]") || event.newState !== "open") return;
    const from = document.querySelector(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
    menu.style.top = `${Math.min(from.bottom, innerHeight - menu.offsetHeight - 12)}px`;
    menu.style.left = `${Math.max(8, Math.min(from.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
  }, true);
}

// A dialog that the server rendered open becomes modal.
for (const dialog of document.querySelectorAll("dialog[open]")) { dialog.close(); dialog.showModal(); scrollTo(0, 0); }

// Tables may ask for a date field only when "Custom" is chosen.
for (const group of document.querySelectorAll("[data-custom-date]")) {
  const box = document.getElementById(group.dataset.customDate);
  const update = () => { box.hidden = group.querySelector("input:checked")?.value !== "custom"; };
  group.addEventListener("change", update); update();
}

// An answer that travels as a form goes on by itself.
document.querySelector("form[data-submit-now]")?.submit();
