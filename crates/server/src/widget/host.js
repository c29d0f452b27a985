// The host's side of a widget: answers the messages of the frame, and passes on what needs the server.
"use strict";

(() => {
  const frame = document.getElementById("widget");
  const said = document.getElementById("widget-message");
  const calls = document.getElementById("widget-calls");
  const { origin, token } = frame.dataset;
  const context = JSON.parse(frame.dataset.context);
  const uniqueID = crypto.randomUUID();
  // How many messages may wait for the server, and how many lines are kept.
  const MOST_WAITING = 64, MOST_LINES = 200;
  let waiting = 0;

  function post(message) {
    frame.contentWindow?.postMessage({ type: "FRAMEWORK.EVENT", ...message }, origin);
  }

  function say(text) {
    said.textContent = text;
    said.hidden = text === "";
  }

  function note(name, good) {
    const line = document.createElement("li");
    const badge = document.createElement("span");
    badge.className = good ? "badge good" : "badge bad";
    badge.textContent = good ? "Answered" : "Refused";
    const what = document.createElement("code");
    what.textContent = name.slice(0, 200);
    line.append(what, " ", badge);
    calls.prepend(line);
    while (calls.children.length > MOST_LINES) calls.lastElementChild.remove();
  }

  // Files as JSON, and back.
  function base64(bytes) {
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  }
  async function packed(value, depth = 0) {
    if (depth > 40) throw new Error("The message is nested too deep.");
    if (value instanceof Blob) {
      const bytes = new Uint8Array(await value.arrayBuffer());
      return { $file: { name: value.name ?? "", type: value.type, base64: base64(bytes) } };
    }
    if (Array.isArray(value)) return Promise.all(value.map((one) => packed(one, depth + 1)));
    if (value !== null && typeof value === "object") {
      const pairs = await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await packed(one, depth + 1)]));
      return Object.fromEntries(pairs);
    }
    return value;
  }
  function unpacked(value) {
    if (Array.isArray(value)) return value.map(unpacked);
    if (value === null || typeof value !== "object") return value;
    if (typeof value.$file?.base64 === "string") {
      const bytes = Uint8Array.from(atob(value.$file.base64), (letter) => letter.charCodeAt(0));
      return new Blob([bytes], { type: value.$file.type });
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unpacked(one)]));
  }

  // What the page around the widget does itself.
  const sizes = (value) => Math.min(Math.max(Number.parseInt(value, 10) || 0, 0), 4000);
  function ui({ action, data }) {
    const [part, what] = typeof action === "string" ? [action, ""] : Object.entries(action ?? {})[0] ?? ["", ""];
    switch (`${part} ${what}`.trim()) {
      case "RESIZE":
        if (sizes(data?.width)) frame.style.width = `${sizes(data.width)}px`;
        if (sizes(data?.height)) frame.style.height = `${sizes(data.height)}px`;
        return true;
      case "popup CLOSE":
        frame.hidden = true;
        say("The widget has closed itself.");
        return true;
      case "popup CLOSE_RELOAD":
        location.reload();
        return true;
      case "popup SHOW_MSG":
        say(`The widget says: ${typeof data === "string" ? data : data?.message ?? JSON.stringify(data ?? "")}`);
        return true;
      default:
        say(`The widget asks the product to: ${part} ${what} ${data ? JSON.stringify(data) : ""}`.slice(0, 500));
        return true;
    }
  }

  // What Creator's SDK asks of the page.
  function util(method) {
    const { owner, app } = context.creator;
    const query = Object.fromEntries(new URLSearchParams(location.search));
    if (method === "UTIL.getQueryParams") return query;
    if (method === "UTIL.getInitParams") return { scope: owner, appLinkName: app, envUrlFragment: "", loginUser: "" };
    return undefined;
  }

  async function server(message) {
    if (waiting >= MOST_WAITING) throw { code: "TOO_MANY_REQUESTS", message: "Too many calls wait for their answers." };
    waiting += 1;
    try {
      const response = await fetch("/call", {
        method: "POST",
        headers: { "content-type": "application/json", "x-token": token },
        body: JSON.stringify(await packed(message)),
      });
      if (!response.ok) throw { code: "ERROR", message: (await response.text()).trim() };
      const told = await response.json();
      if ("failed" in told) throw unpacked(told.failed);
      return unpacked(told.ok);
    } finally {
      waiting -= 1;
    }
  }

  function name(message) {
    if (message.category === "CREATOR") return `CREATOR ${message.method}`;
    if (message.category === "PRODUCT") return `${message.method} ${message.what ?? ""}`;
    if (message.category === "PRODUCT_REQUEST") return `request ${message.data?.url ?? message.data?.api_configuration_key ?? ""}`;
    const parts = [message.category, message.type, message.nameSpace, message.connectionName, message.customFunctionName];
    return parts.filter((part) => typeof part === "string").join(" ");
  }

  async function answer(message) {
    const data = message.data;
    if (data === null || typeof data !== "object") throw { code: "INVALID_DATA", message: "The message holds no data." };
    if (data.category === "UI" || data.category === "PUSH_DATA_WIDGET") return ui(data);
    if (data.category === "UPDATE" && data.type === "VOICE_URL") {
      say(`The widget sets the address of the dialer: ${JSON.stringify(data.APIData ?? "")}`.slice(0, 500));
      return { status: "success" };
    }
    if (data.category === "PRODUCT" && data.method !== "get") {
      say(`The widget asks the product to ${data.method} ${data.what ?? ""}: ${JSON.stringify(data.data ?? "")}`.slice(0, 500));
      return { status: "success" };
    }
    if (data.category === "CREATOR") {
      if (data.method === "UTIL.navigateParentURL") {
        say(`The widget asks to open: ${String(data.config?.url).slice(0, 300)}`);
        return true;
      }
      const own = util(data.method);
      if (own !== undefined) return own;
    }
    return server(data);
  }

  window.addEventListener("message", async (event) => {
    // Only the widget's own frame is listened to, and only while it shows a page of its own origin.
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    let message = event.data;
    if (typeof message === "string") {
      try { message = JSON.parse(message); } catch { return; }
    }
    if (message === null || typeof message !== "object" || message.type !== "SDK.EVENT") return;
    if (message.eventName === "REGISTER") {
      post({ eventName: "SET_CONTEXT", data: { uniqueID, connectors: [], model: {}, locale: "en", localeResource: {} } });
      post({ eventName: "PageLoad", data: context.page });
      return;
    }
    if (message.eventName !== "CRM_EVENT" || typeof message.promiseid !== "string") return;
    const promiseid = message.promiseid;
    try {
      post({ eventName: "EVENT_RESPONSE", promiseid, data: await answer(message) });
      note(name(message.data), true);
    } catch (failure) {
      const data = failure instanceof Error ? { code: "ERROR", message: failure.message } : failure;
      post({ eventName: "EVENT_RESPONSE_FAILURE", promiseid, data });
      note(`${name(message.data ?? {})}: ${data?.message ?? data?.code ?? ""}`, false);
    }
  });

  // Only now does the widget begin: it registers as soon as it is there, and must be heard.
  frame.src = frame.dataset.src;
})();
