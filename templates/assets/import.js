// Sends a file of HCPs with its progress, takes it by drag and drop, and follows how far it is imported.
// Without this script the form goes by itself, and the page asks again by itself.
const over = (zone, is) => zone.toggleAttribute("data-over", is);

const takeFiles = (form) => {
  const zone = form.querySelector("[data-drop]");
  const input = form.querySelector("input[type=file]");
  const holdsFile = (event) => [...event.dataTransfer.types].includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => { if (holdsFile(event)) { event.preventDefault(); over(zone, true); } });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => over(zone, false));
  zone.addEventListener("drop", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
  });
};

// What the server says about the file takes the place of the page.
const show = (request) => {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  document.title = page.title;
  document.querySelector("main").replaceWith(page.querySelector("main"));
  document.querySelector("[data-focus]")?.focus();
  for (const form of document.querySelectorAll("form[data-import]")) prepare(form);
};

const send = (form) => {
  const box = form.querySelector("[data-progress]");
  const words = box.querySelector("[data-progress-words]");
  const bar = box.querySelector("progress");
  const button = form.querySelector("button[type=submit]");
  const say = (text) => { words.textContent = text; document.querySelector("[data-announce]").textContent = text; };
  box.hidden = false;
  button.disabled = true;
  say(form.dataset.sending);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; });
  request.upload.addEventListener("load", () => { bar.removeAttribute("value"); say(form.dataset.reading); });
  const failed = () => { box.hidden = true; button.disabled = false; say(form.dataset.failed); box.hidden = false; };
  request.addEventListener("error", failed);
  request.addEventListener("load", () => {
    const isElsewhere = request.responseURL && new URL(request.responseURL).pathname !== location.pathname;
    if (isElsewhere) location.assign(request.responseURL);
    else if (request.responseText.includes("<main")) show(request);
    else failed();
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
};

const prepare = (form) => {
  takeFiles(form);
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
};

for (const form of document.querySelectorAll("form[data-import]")) prepare(form);

// Until the import is done, what the page says now takes the place of what it said.
const follow = async () => {
  if (!document.querySelector("[data-import-progress]")) return;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main");
    if (answer.ok && main) {
      document.title = page.title;
      document.querySelector("main").replaceWith(main);
      document.querySelector("[data-announce]").textContent = main.querySelector("label[for=progress]")?.textContent ?? "";
    }
  } catch { /* the next time */ }
  setTimeout(follow, 700);
};
setTimeout(follow, 700);
