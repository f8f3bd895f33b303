// Says where the websocket is before the terminal's own script looks: at the address that the page came from, whatever a
// proxy in front calls it. ?fontsize=20 makes letters larger. Keys go to the terminal without a click.
"use strict";
(() => {
  const terminal = document.getElementById("terminal");
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const asked = Number.parseInt(new URLSearchParams(location.search).get("fontsize") ?? "", 10);
  terminal.dataset.sessionWebsocketUrl = `${scheme}//${location.host}/ws`;
  terminal.dataset.fontSize = String(Math.min(Math.max(asked || 16, 6), 60));
  document.getElementById("again").addEventListener("click", () => location.reload());
  window.addEventListener("load", () => {
    requestAnimationFrame(() => terminal.querySelector("textarea")?.focus());
  });
})();
