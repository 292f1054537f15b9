// Behaviour for every page, by delegation: no inline handlers, and every word shown comes from the markup (data-*).
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, selector, handler) => document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) handler(event, element);
  });
  const shown = (element) => element.getClientRects().length > 0;
  const say = (text) => { $("#live").textContent = text; };
  document.documentElement.classList.add("js");

  // Dialogs: a link to #id opens them, also without script (`:target`).
  on("click", "[data-dialog]", (event, opener) => {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog) return;
    event.preventDefault();
    opener.focus(); // where the focus comes back to
    dialog.showModal();
  });
  on("click", "[data-close]", (event, link) => {
    const dialog = link.closest("dialog[open]");
    if (!dialog) return;
    event.preventDefault();
    dialog.close();
  });
  document.addEventListener("click", (event) => { // a click on the backdrop, or beside the phone's sheet
    if (event.target.matches("dialog[open]")) event.target.close();
    const sheet = $(".bottom details[open]");
    if (sheet && !sheet.contains(event.target)) sheet.open = false;
  });

  // Keys: an element with data-key is pressed, or focused if it is a field. Single letters can be switched off (WCAG 2.1.4).
  const typing = (element) => element.matches("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") all(".bottom details[open]").forEach((sheet) => { sheet.open = false; $("summary", sheet).focus(); });
    if (event.key === " " && event.target.matches("a[role=button]")) { event.preventDefault(); event.target.click(); }
    if (document.body.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || $("dialog[open]")) return;
    const target = all(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`).find(shown);
    if (!target) return;
    event.preventDefault();
    if (typing(target)) target.focus(); else target.click();
  });

  // Bulk selection: the count at once, the money from the server.
  let asked = 0;
  const recount = async (form) => {
    const bar = $(".bulk", form);
    if (!bar) return;
    const ticked = all(".cb:not(th) :checked", form);
    const boxes = all(".cb:not(th) input", form);
    const text = $("[data-bulk-text]", bar);
    const turn = ++asked;
    all("[data-tick-all]", form).forEach((box) => {
      box.checked = boxes.length > 0 && ticked.length === boxes.length;
      box.indeterminate = ticked.length > 0 && !box.checked;
    });
    all("[data-count-text]", bar).forEach((button) => {
      button.dataset.plain ??= button.textContent;
      button.textContent = ticked.length ? button.dataset.countText.replace("{n}", ticked.length) : button.dataset.plain;
    });
    text.textContent = text.dataset.bulkText.replace("{n}", ticked.length);
    if (!bar.dataset.sumUrl || !ticked.length) return;
    const query = new URLSearchParams(ticked.map((box) => [box.name, box.value]));
    const answer = await fetch(`${bar.dataset.sumUrl}?${query}`, { headers: { Accept: "text/plain" } }).catch(() => null);
    const sum = answer?.ok && (await answer.text());
    if (sum && turn === asked) text.textContent = sum;
  };
  on("change", ".cb:not(th) input", (event, box) => recount(box.form));
  on("change", "[data-tick-all]", (event, box) => {
    all(".cb:not(th) input", box.form).forEach((other) => { other.checked = box.checked; });
    recount(box.form);
  });
  on("click", "[data-untick]", (event, button) => {
    all(".cb:not(th) input", button.form).forEach((box) => { box.checked = false; });
    recount(button.form);
  });

  // A link of the error summary leads to the control, also where the field is a group.
  on("click", ".errsum a", (event, link) => {
    const field = document.getElementById(link.hash.slice(1));
    const control = field?.matches("fieldset, div") ? $("input, select, textarea", field) : field;
    if (!control) return;
    event.preventDefault();
    (field.closest(".f") ?? field).scrollIntoView({ block: "start" });
    control.focus({ preventScroll: true });
  });

  // Submits: once each; drafts save themselves; typed text is not lost without a word.
  const changed = new Set();
  on("input", "form", (event, form) => changed.add(form));
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
    changed.delete(form);
    setTimeout(release, 15000, form); // a download leaves the page standing; the idempotency key guards the rest
  });
  const release = (form) => {
    delete form.dataset.sent;
    all("[aria-busy]", form).forEach((button) => button.removeAttribute("aria-busy"));
  };
  addEventListener("pageshow", () => all("form[data-sent]").forEach(release));
  addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected && form.dataset.guard !== undefined)) event.preventDefault();
  });
  setInterval(async () => {
    for (const form of all("form[data-autosave-url]").filter((candidate) => changed.has(candidate) && !candidate.dataset.sent)) {
      changed.delete(form);
      const body = new FormData(form);
      all("[type=file]", form).forEach((field) => body.delete(field.name));
      const answer = await fetch(form.dataset.autosaveUrl, { method: "POST", body }).catch(() => null);
      if (answer?.ok) $("[data-saved]", form)?.replaceChildren(await answer.text()); else changed.add(form);
    }
  }, 20000);

  on("click", "[data-copy]", async (event, button) => {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button.dataset.done);
    button.firstChild.textContent = button.dataset.done;
  });

  // htmx: one banner for failures, focus after swaps, busy targets.
  let again = null;
  const flash = (text, retry = null) => {
    again = retry;
    $("#flash [data-text]").textContent = text;
    $("#flash [data-retry]").hidden = !retry;
    $("#flash").hidden = false;
  };
  on("click", "[data-dismiss]", () => { $("#flash").hidden = true; });
  on("click", "[data-retry]", () => { $("#flash").hidden = true; again?.(); });
  const offline = (event) => {
    const source = event.detail.elt;
    flash($("#flash").dataset.network, source.matches("form") ? () => source.requestSubmit() : () => source.click());
  };
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, offline));
  const sentence = (request) => /^[^<]{1,300}$/.test(request.responseText.trim()) && request.responseText.trim();
  document.addEventListener("htmx:responseError", (event) => {
    const words = { 400: "expired", 401: "expired", 403: "forbidden", 404: "missing" };
    flash(sentence(event.detail.xhr) || $("#flash").dataset[words[event.detail.xhr.status] ?? "server"]);
  });
  document.addEventListener("htmx:beforeSwap", (event) => { // a refusal in one sentence is said, not put in the place of the form
    const { xhr } = event.detail;
    if (xhr.status < 400 || !event.detail.shouldSwap || !sentence(xhr)) return;
    event.detail.shouldSwap = false;
    flash(sentence(xhr));
  });
  document.addEventListener("htmx:beforeRequest", (event) => event.detail.target.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:afterRequest", (event) => {
    event.detail.target.removeAttribute("aria-busy");
    const form = event.detail.elt.closest?.("form");
    if (!form) return;
    release(form);
    if (event.detail.successful && event.detail.requestConfig.verb !== "get") changed.delete(form); // a look at something sends nothing
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const { target: aimed, requestConfig } = event.detail;
    const target = aimed.isConnected ? aimed : event.target;
    all("form:has(.bulk)", target).forEach(recount); // ticks that came along with the new list
    if (!requestConfig?.triggeringEvent || requestConfig.triggeringEvent.type === "input") return; // polls leave the focus alone
    const wanted = $(".errsum", target) ?? $("[data-focus]", target) ?? (document.activeElement === document.body ? $("h1, h2, h3", target) ?? target : null);
    if (!wanted) return;
    if (!wanted.matches("a, button, input, select, textarea")) wanted.tabIndex = -1;
    wanted.focus();
  });

  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id === "flashes") say(all("#flashes strong").map((line) => line.textContent).join(" "));
  });
  document.addEventListener("portal:flash", (event) => flash(event.detail));

  all("form:has(.bulk)").forEach(recount);
  all(".tabs:has([aria-current])").forEach((row) => { row.scrollLeft = $("[aria-current]", row).offsetLeft - row.offsetLeft - 24; });
  $(".errsum, [data-focus]")?.focus();
})();
