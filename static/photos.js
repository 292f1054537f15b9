// Photos and codes on forms: pictures are made smaller and sent at once, codes are read from one picture of the camera.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const on = (type, selector, handler) => document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) handler(event, element);
  });
  const touch = (form) => form.dispatchEvent(new Event("input", { bubbles: true })); // the draft has changed

  // Photos: made smaller, sent at once; the answer's id travels in the form.
  const smaller = async (file) => {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
      if (scale === 1 && file.size < 1_500_000) return file;
      const canvas = Object.assign(document.createElement("canvas"), { width: picture.width * scale, height: picture.height * scale });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85))) ?? file;
    } catch { return file; } // not a picture that the browser can draw: the server decides
  };
  const send = async (box, row, file) => {
    const part = (name) => $(`[data-${name}]`, row);
    const bar = $("progress", row);
    const failed = (text) => {
      row.classList.add("bad");
      part("state").textContent = text || box.dataset.failed;
      part("again").hidden = false;
      bar.hidden = true;
    };
    row.classList.remove("bad");
    part("again").hidden = true;
    part("again").onclick = () => send(box, row, file);
    bar.hidden = false;
    const body = new FormData();
    body.append("csrf_token", $("[name=csrf_token]", box.closest("form")).value);
    body.append("file", await smaller(file), file.name);
    const request = new XMLHttpRequest();
    request.open("POST", box.dataset.uploadUrl);
    request.responseType = "json";
    request.timeout = 120000;
    request.upload.onprogress = (event) => {
      bar.value = (100 * event.loaded) / event.total;
      part("state").textContent = box.dataset.sending.replace("{n}", Math.round(bar.value));
    };
    request.onerror = request.ontimeout = () => failed();
    request.onload = () => {
      if (request.status >= 300) { failed(request.response?.text); return; }
      bar.hidden = true;
      $("input[type=hidden]", row).value = request.response.id;
      part("state").textContent = request.response.text;
      touch(box.closest("form"));
    };
    request.send(body);
  };
  on("change", "[data-photos] > [type=file]", (event, field) => {
    const box = field.closest("[data-photos]");
    const rows = $("[data-rows]", box);
    for (const file of [...field.files].slice(0, box.dataset.limit - rows.children.length)) {
      const row = $("template", box).content.firstElementChild.cloneNode(true);
      $("[data-name]", row).textContent = file.name;
      $("img", row).src = URL.createObjectURL(file);
      rows.append(row);
      send(box, row, file);
    }
    field.value = "";
  });
  on("click", "[data-remove]", (event, button) => {
    const box = button.closest("[data-photos]");
    const form = button.form;
    button.closest(".up").remove();
    touch(form);
    $("[type=file]", box).focus();
  });

  // Codes: one picture from the camera, read by the browser.
  const reveal = () => document.querySelectorAll("[data-scan]").forEach((button) => { button.hidden = false; });
  if ("BarcodeDetector" in window) {
    reveal();
    document.addEventListener("htmx:afterSettle", reveal);
  }
  on("click", "[data-scan]", (event, button) => {
    const camera = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", capture: "environment" });
    camera.onchange = async () => {
      const codes = await new BarcodeDetector().detect(await createImageBitmap(camera.files[0])).catch(() => []);
      if (!codes.length) { document.dispatchEvent(new CustomEvent("portal:flash", { detail: button.dataset.none })); return; }
      const field = document.getElementById(button.dataset.scan);
      field.value = codes[0].rawValue.trim();
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    };
    camera.click();
  });
})();
