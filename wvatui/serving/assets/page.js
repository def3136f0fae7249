// Where the websocket is: beside this page, under whatever name and port it was opened. The script
// of the terminal reads it when everything is loaded, which is after this one ran.
"use strict";
const at = new URL("ws", window.location.href);
at.protocol = window.location.protocol === "https:" ? "wss:" : "ws:";
at.search = "";
at.hash = "";
document.getElementById("terminal").dataset.sessionWebsocketUrl = at.href;
document.getElementById("again").addEventListener("click", () => window.location.reload());

// Keys go to the screen as soon as there is one, without a click.
new MutationObserver((_, observer) => {
  if (!document.body.classList.contains("-first-byte")) return;
  observer.disconnect();
  document.querySelector(".xterm-helper-textarea").focus();
}).observe(document.body, { attributeFilter: ["class"] });
