// Says where the websocket is before the terminal's own script looks: at the address that the page came from, whatever a
// proxy in front calls it. ?fontsize=20 makes letters larger. Keys go to the terminal without a click. Why a session has
// ended is shown as text.
"use strict";
(() => {
  const terminal = document.getElementById("terminal");
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const asked = Number.parseInt(new URLSearchParams(location.search).get("fontsize") ?? "", 10);
  terminal.dataset.sessionWebsocketUrl = `${scheme}//${location.host}/ws`;
  terminal.dataset.fontSize = String(Math.min(Math.max(asked || 16, 6), 60));
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      let opened = false;
      this.addEventListener("open", () => (opened = true));
      this.addEventListener("close", () => {
        const ended = document.getElementById("ended");
        if (!opened) ended.textContent = ended.dataset.refused;
      });
      this.addEventListener("message", (event) => {
        const [kind, said] = typeof event.data === "string" ? JSON.parse(event.data) : [];
        if (kind === "ended") document.getElementById("why").textContent = said;
      });
    }
  };
  document.getElementById("again").addEventListener("click", () => location.reload());
  window.addEventListener("load", () => {
    requestAnimationFrame(() => terminal.querySelector("textarea")?.focus());
  });
})();
