// Asks the browser for a passkey: data-passkey="make" or "show", options as JSON in a data block beside the form.
(() => {
  "use strict";
  const form = document.querySelector("form[data-passkey]");
  if (!form) {
    return;
  }
  const button = form.querySelector("button[type=submit]");
  const answer = form.querySelector("input[name=answer]");
  const trouble = form.querySelector("[data-trouble]");
  const block = document.getElementById("passkey-options");
  const missing = document.getElementById("passkey-missing");
  if (!window.PublicKeyCredential || !block) {
    if (missing) {
      missing.hidden = false;
    }
    return;
  }
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) => {
    let plain = "";
    new Uint8Array(buffer).forEach((one) => {
      plain += String.fromCharCode(one);
    });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const read = (options) => {
    const found = { ...options, challenge: bytes(options.challenge) };
    if (options.user) {
      found.user = { ...options.user, id: bytes(options.user.id) };
    }
    ["excludeCredentials", "allowCredentials"].forEach((name) => {
      if (options[name]) {
        found[name] = options[name].map((one) => ({ ...one, id: bytes(one.id) }));
      }
    });
    return found;
  };
  const written = (credential) => {
    const response = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach((name) => {
      if (credential.response[name]) {
        response[name] = text(credential.response[name]);
      }
    });
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    });
  };
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (answer.value) {
      return;
    }
    event.preventDefault();
    button.disabled = true;
    trouble.hidden = true;
    try {
      const publicKey = read(JSON.parse(block.textContent).publicKey);
      const credential =
        form.dataset.passkey === "make"
          ? await navigator.credentials.create({ publicKey })
          : await navigator.credentials.get({ publicKey });
      answer.value = written(credential);
      form.submit();
    } catch {
      trouble.hidden = false;
      button.disabled = false;
    }
  });
})();
