// Makes a key pair in the browser. The private key is shown and downloaded here and is never sent:
// it stands in no field of the form.
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const say = (words) => { document.querySelector("[data-announce]").textContent = words; };

const make = async (form) => {
  const kind = { name: "RSA-OAEP", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
  const pair = await crypto.subtle.generateKey(kind, true, ["encrypt", "decrypt"]);
  const publicKey = hex(await crypto.subtle.exportKey("spki", pair.publicKey));
  const privateKey = hex(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  document.getElementById("kp-public").textContent = publicKey;
  document.getElementById("kp-private").textContent = privateKey;
  const both = { hcp_id: form.dataset.hcp, algorithm: "RSA-OAEP-256", public_key: publicKey, private_key: privateKey };
  const file = new Blob([JSON.stringify(both, null, 2)], { type: "application/json" });
  form.querySelector("[data-kp-download]").href = URL.createObjectURL(file);
  form.querySelector("[data-kp-public-field]").value = publicKey;
};

for (const form of document.querySelectorAll("form[data-keypair]")) {
  const button = form.querySelector("[data-kp-make]");
  button.addEventListener("click", async () => {
    if (!form.querySelector("[data-kp-agree]").reportValidity()) return;
    button.disabled = true;
    try {
      await make(form);
      for (const part of form.querySelectorAll("[data-kp-step]")) part.hidden = part.dataset.kpStep !== "save";
      form.querySelector("[data-kp-focus]").focus();
      say(form.dataset.ready);
    } catch {
      button.disabled = false;
      say(form.dataset.failed);
    }
  });
}
