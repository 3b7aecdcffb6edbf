// Makes smoother what works without: live parts rest while nobody looks, and trouble is said aloud.
(() => {
  "use strict";
  const key = "portal-live-paused";
  const remembered = () => {
    try {
      return sessionStorage.getItem(key) === "yes";
    } catch {
      return false;
    }
  };
  let paused = remembered();

  const isLive = (element) => element.closest("[data-live]") !== null;

  // A request that no person asked for waits until the page is seen again.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const asked = event.detail.requestConfig.triggeringEvent;
    const polled = !asked || asked.type === "portal:seen";
    if (polled && isLive(event.detail.elt) && (document.hidden || paused)) {
      event.preventDefault();
    }
  });

  const refresh = () => {
    if (!document.hidden && !paused && window.htmx) {
      document.querySelectorAll("[data-live]").forEach((element) => window.htmx.trigger(element, "portal:seen"));
    }
  };
  document.addEventListener("visibilitychange", refresh);

  const trouble = (shown) => {
    const line = document.getElementById("trouble");
    if (line) {
      line.hidden = !shown;
    }
  };
  document.addEventListener("htmx:sendError", () => trouble(true));
  document.addEventListener("htmx:responseError", (event) => {
    // A refusal has a page of its own that says why; a poll that fails is only said aloud.
    const asked = event.detail.requestConfig.triggeringEvent;
    if (event.detail.xhr.status < 500 && asked && asked.type !== "portal:seen" && event.detail.requestConfig.verb === "get") {
      window.location.assign(event.detail.pathInfo.finalRequestPath);
      return;
    }
    trouble(true);
  });
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status < 400) {
      trouble(false);
    }
  });

  // A page without live parts asks nothing by itself: now and then it asks whether anybody is there.
  const heartbeat = 30000;
  const patience = 10000;
  const listen = async () => {
    if (document.hidden || paused || document.querySelector("[data-live]")) {
      return;
    }
    try {
      const answer = await fetch("/readyz", {
        cache: "no-store",
        credentials: "omit",
        headers: { Accept: "application/json" },
        // A server that hangs is as little there as one that is gone.
        signal: AbortSignal.timeout(patience),
      });
      const said = await answer.json();
      trouble(Boolean(said.missing && said.missing.database));
    } catch {
      trouble(true);
    }
  };
  setInterval(listen, heartbeat);
  document.addEventListener("visibilitychange", () => {
    if (!document.getElementById("trouble")?.hidden) {
      listen();
    }
  });

  // Who comes by keyboard to a control that a frame shows in part sees all of it: browsers leave it half hidden.
  document.addEventListener("focusin", (event) => {
    const frame = event.target.closest(".frame");
    if (frame && frame.scrollWidth > frame.clientWidth) {
      event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  });

  // A field of the matrix has no room for the name of its column: pointed at it says it, and by key a line below does.
  document.querySelectorAll(".grid .matrix").forEach((matrix) => {
    const heads = matrix.querySelectorAll("thead th");
    const line = document.getElementById("grid-row");
    const nameOf = (field) => heads[field.cellIndex - 1]?.title || "";
    const short = (name) => (name.length > 24 ? `${name.slice(0, 23)}…` : name);
    const say = (text) => {
      line.textContent = text || line.dataset.hint;
    };
    const leave = () => {
      matrix.querySelectorAll("td.at").forEach((one) => one.classList.remove("at"));
      say("");
    };
    matrix.addEventListener("mouseover", (event) => {
      const field = event.target.closest("tbody td:not(.o)");
      if (field && !field.dataset.of) {
        field.dataset.of = short(nameOf(field));
      }
    });
    const rowOf = (event) => event.target.closest("tbody tr:has(a)");
    matrix.addEventListener("focusin", (event) => {
      const href = event.target.getAttribute("href");
      const same = [...document.querySelectorAll(".grid-list a")].find((one) => one.getAttribute("href") === href);
      say(same ? same.closest("li").textContent.replace(/\s+/g, " ").trim() : "");
    });
    matrix.addEventListener("focusout", leave);
    matrix.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const row = step && rowOf(event);
      if (!row) {
        return;
      }
      event.preventDefault();
      const fields = [...row.querySelectorAll("td:not(.o)")];
      const now = fields.findIndex((one) => one.classList.contains("at"));
      const next = fields[Math.max(0, Math.min(fields.length - 1, now + step))];
      leave();
      next.classList.add("at");
      next.scrollIntoView({ block: "nearest", inline: "nearest" });
      say(`${row.querySelector("a").title} – ${nameOf(next)}: ${next.textContent.trim()}`);
    });
    line.hidden = false;
    say("");
  });

  // A part that is drawn anew takes no focus away: the same control has it again, else the part itself.
  const controls = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const alike = (one) =>
    [one.tagName, one.getAttribute("href"), one.name, one.value, one.ariaLabel, one.form && one.form.getAttribute("action")].join();
  let held = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const part = event.detail.target;
    const one = document.activeElement;
    held = null;
    if (part.id && part.contains(one)) {
      const same = [...part.querySelectorAll(controls)].filter((other) => alike(other) === alike(one));
      held = { part: part.id, like: alike(one), place: same.indexOf(one) };
    }
  });
  document.addEventListener("htmx:afterSwap", () => {
    const part = held && document.getElementById(held.part);
    if (part && !part.contains(document.activeElement)) {
      const same = [...part.querySelectorAll(controls)].filter((other) => alike(other) === held.like);
      if (!same.length) {
        part.tabIndex = -1;
      }
      (same[held.place] || same[0] || part).focus({ preventScroll: true });
    }
    held = null;
  });

  // The narrow menu lies over the page: it folds for Escape, and for who walks on.
  document.querySelectorAll(".places-menu").forEach((menu) => {
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) {
        menu.open = false;
      }
    });
  });

  // A choice with which others say nothing takes them out of the form: "choice:name" of each, with blanks between.
  document.querySelectorAll("select[data-without]").forEach((select) => {
    const pairs = select.dataset.without.split(" ").map((pair) => pair.split(":"));
    const follow = () => {
      const out = pairs.filter(([choice]) => choice === select.value).map(([, name]) => name);
      pairs.forEach(([, name]) => {
        select.form.querySelectorAll(`[name="${name}"]`).forEach((one) => {
          one.disabled = out.includes(name);
          one.closest(".field-row").hidden = one.disabled;
        });
      });
    };
    select.addEventListener("change", follow);
    window.addEventListener("pageshow", follow);
    follow();
  });

  const button = document.getElementById("pause-live");
  const label = () => {
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? button.dataset.on : button.dataset.off;
  };
  if (button && document.querySelector("[data-live]")) {
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      paused = !paused;
      try {
        sessionStorage.setItem(key, paused ? "yes" : "no");
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      label();
      refresh();
    });
  }
})();
