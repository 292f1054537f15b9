// Signing on the screen: each stroke is sent as a picture, and its id travels in the form; a scan can be chosen instead.
"use strict";
(() => {
  const setUp = (box) => {
    const find = (name) => box.querySelector(`[data-${name}]`);
    const canvas = box.querySelector("canvas");
    const form = box.closest("form");
    const field = form.querySelector("[name=drawn]");
    const pad = new SignaturePad(canvas, { backgroundColor: "rgb(255, 255, 255)", penColor: "#17232b", minWidth: 0.9, maxWidth: 2.6 });
    const fit = () => { // a canvas that changes its size forgets what was drawn
      const strokes = pad.toData();
      const ratio = Math.max(window.devicePixelRatio || 1, 1);
      canvas.width = canvas.offsetWidth * ratio;
      canvas.height = canvas.offsetHeight * ratio;
      canvas.getContext("2d").scale(ratio, ratio);
      pad.clear();
      pad.fromData(strokes);
    };
    let turn = 0;
    const say = (text, bad = false) => {
      find("state").textContent = text;
      box.classList.toggle("bad", bad);
      find("again").hidden = !bad;
    };
    const send = async () => {
      const mine = ++turn;
      field.value = "";
      say(box.dataset.sending);
      const body = new FormData();
      body.append("csrf_token", form.querySelector("[name=csrf_token]").value);
      body.append("file", await new Promise((done) => canvas.toBlob(done, "image/png")), "signature.png");
      const answer = await fetch(box.dataset.uploadUrl, { method: "POST", body }).catch(() => null);
      const content = answer && (await answer.json().catch(() => null));
      if (mine !== turn) return;
      if (!answer?.ok || !content) { say(content?.text || box.dataset.failed, true); return; }
      field.value = content.id;
      say(box.dataset.done);
    };
    pad.addEventListener("endStroke", send);
    find("again").addEventListener("click", send);
    find("clear").addEventListener("click", () => {
      turn += 1;
      pad.clear();
      field.value = "";
      say(box.dataset.empty);
      canvas.focus();
    });
    addEventListener("resize", fit);
    box.hidden = false;
    fit();
  };
  document.querySelectorAll("[data-signature]").forEach(setUp);
})();
