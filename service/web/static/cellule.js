// Enhancements of pages that work without them. No framework, nothing kept on the disk:
// what is being written lives in this page's memory only, never in a storage of the browser.

import { initAll } from "./vendor/govuk-frontend.min.js";

const SAVE_AFTER_MS = 2000;
const RETRY_EVERY_MS = 15000;
const WAIT_FOR_SAVE_MS = 5000;
const words = document.documentElement.lang === "en"
  ? {
      saved: (hour) => `Saved at ${hour}`,
      saving: "Saving…",
      offline: "No network: your text stays here, it will be sent as soon as the network is back",
      signedOut: "Your session is over: your text stays here. Sign in from another window, then come back to this one.",
      conflict: "Somebody changed this text meanwhile. Yours stays here: copy it, then reload the page.",
      refused: "Not saved: correct the text, or save it with the button.",
    }
  : {
      saved: (hour) => `Enregistré à ${hour}`,
      saving: "Enregistrement…",
      offline: "Pas de réseau : votre texte reste ici, il sera envoyé dès le retour du réseau",
      signedOut: "Votre session est terminée : votre texte reste ici. Reconnectez-vous dans une autre fenêtre, puis revenez à celle-ci.",
      conflict: "Quelqu’un a modifié ce texte entre-temps. Le vôtre reste ici : copiez-le, puis rechargez la page.",
      refused: "Non enregistré : corrigez le texte, ou enregistrez-le avec le bouton.",
    };

/** The hour on the wall in Paris, as the server writes it: « 10 h 04 ». */
function hourOf(instant) {
  const parts = new Intl.DateTimeFormat("fr-FR", {
    timeZone: "Europe/Paris", hour: "numeric", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(instant);
  const of = (type) => parts.find((part) => part.type === type).value;
  return document.documentElement.lang === "en"
    ? `${of("hour").padStart(2, "0")}:${of("minute")}`
    : `${Number(of("hour"))}\u00a0h\u00a0${of("minute")}`;
}

/** One form whose text must not be lost: [data-autosave="/url"], or [data-warn-unsent] alone. */
class Draft {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosave;
    this.status = form.querySelector("[data-draft-status]");
    this.version = 0;
    this.savedVersion = 0;
    this.sending = null;
    form.addEventListener("input", () => this.changed());
    form.addEventListener("submit", (event) => this.leave(event));
    window.addEventListener("pageshow", () => { this.leaving = false; });
    window.addEventListener("online", () => this.save());
  }

  get unsent() {
    return this.version > this.savedVersion && !this.leaving;
  }

  changed() {
    this.version += 1;
    if (this.url) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
    }
  }

  /** A save under way changes the version that this submission builds on: it goes first. */
  leave(event) {
    this.leaving = true;
    clearTimeout(this.timer);
    if (this.sending) {
      event.preventDefault();
      const patience = new Promise((resolve) => { setTimeout(resolve, WAIT_FOR_SAVE_MS); });
      Promise.race([this.sending, patience]).then(() => {
        this.sending = null;
        this.form.requestSubmit(event.submitter);
      });
    }
  }

  say(text, state) {
    if (this.status && this.status.textContent !== text) {
      this.status.textContent = text;
      this.status.dataset.state = state;
    }
  }

  /** Send the form as it stands; resolves when the server has answered or cannot. */
  async save() {
    if (!this.url || !this.unsent || this.sending) {
      return this.sending;
    }
    this.sending = this.send();
    await this.sending;
    this.sending = null;
    return undefined;
  }

  async send() {
    clearTimeout(this.timer);
    const version = this.version;
    const fields = new FormData(this.form);
    for (const [name, value] of [...fields]) {
      if (value instanceof File) {
        fields.delete(name);
      }
    }
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { Accept: "application/json", "X-Requested-With": "autosave" },
        redirect: "manual",
      });
      if (answer.ok) {
        this.savedVersion = version;
        await this.adopt(answer);
        this.say(words.saved(hourOf(new Date())), "saved");
      } else {
        this.say(reasonOf(answer), "kept");
      }
      if (answer.ok && this.unsent) {
        this.timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
      }
    } catch {
      this.say(words.offline, "kept");
      this.timer = setTimeout(() => this.save(), RETRY_EVERY_MS);
    }
  }

  /** The server may answer {"version": n}: the next save then builds on that one. */
  async adopt(answer) {
    const field = this.form.elements.namedItem("version");
    if (field && (answer.headers.get("Content-Type") || "").includes("json")) {
      const { version } = await answer.json();
      field.value = version ?? field.value;
    }
  }
}

function reasonOf(answer) {
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
    return words.signedOut;
  }
  if (answer.status === 409) {
    return words.conflict;
  }
  return answer.status >= 500 || answer.status === 429 ? words.offline : words.refused;
}

const drafts = [...document.querySelectorAll("form[data-autosave], form[data-warn-unsent]")].map(
  (form) => new Draft(form),
);

let leavingOnPurpose = false;
window.addEventListener("beforeunload", (event) => {
  if (!leavingOnPurpose && drafts.some((draft) => draft.unsent)) {
    event.preventDefault();
  }
});

/** Close the session without waiting for the page to change: used by the quick exit. */
function signOutQuietly() {
  const form = document.querySelector("form[data-sign-out]");
  if (form) {
    fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true, redirect: "manual" })
      .catch(() => undefined);
  }
}

// Whichever way the quick exit is taken (button or three times Shift), govuk-frontend marks the body.
new MutationObserver(() => {
  if (!leavingOnPurpose && document.body.classList.contains("govuk-exit-this-page-hide-content")) {
    leavingOnPurpose = true;
    signOutQuietly();
  }
}).observe(document.body, { attributeFilter: ["class"] });

/** Hide the page after a time without a gesture, then close the session. */
class IdleLock {
  constructor(panel) {
    this.panel = panel;
    this.lockAfter = Number(document.body.dataset.lockAfter) * 1000;
    this.signOutAfter = Number(document.body.dataset.signOutAfter) * 1000;
    this.lastGesture = Date.now();
    // A gesture in another window of the same session counts here too.
    this.others = new BroadcastChannel("cellule-gestures");
    this.others.addEventListener("message", () => { this.lastGesture = Date.now(); });
    for (const gesture of ["pointerdown", "pointermove", "keydown", "scroll", "touchstart"]) {
      window.addEventListener(gesture, () => this.gesture(), { passive: true });
    }
    panel.querySelector("[data-lock-resume]").addEventListener("click", () => this.resume());
    document.addEventListener("visibilitychange", () => this.look());
    setInterval(() => this.look(), 1000);
  }

  gesture() {
    const now = Date.now();
    if (this.panel.hidden && now - this.lastGesture > 1000) {
      this.others.postMessage("");
      this.lastGesture = now;
    }
  }

  look() {
    const idle = Date.now() - this.lastGesture;
    if (idle >= this.signOutAfter) {
      this.signOut();
    } else if (idle >= this.lockAfter && this.panel.hidden) {
      this.lock();
    } else if (idle < this.lockAfter && !this.panel.hidden) {
      this.open();
    }
  }

  lock() {
    drafts.forEach((draft) => draft.save());
    this.focused = document.activeElement;
    this.panel.querySelector("[data-lock-hour]").textContent = hourOf(this.lastGesture + this.signOutAfter);
    this.title = document.title;
    document.title = "cellule";
    document.body.classList.add("c-locked");
    this.panel.hidden = false;
    this.panel.querySelector("[data-lock-resume]").focus();
  }

  open() {
    this.panel.hidden = true;
    document.body.classList.remove("c-locked");
    document.title = this.title;
    this.focused?.focus();
  }

  resume() {
    this.lastGesture = Date.now();
    this.others.postMessage("");
    this.open();
  }

  async signOut() {
    this.signOut = () => undefined;
    await Promise.race([
      Promise.all(drafts.map((draft) => draft.save())),
      new Promise((resolve) => { setTimeout(resolve, 3000); }),
    ]);
    leavingOnPurpose = true;
    document.querySelector("form[data-sign-out]").submit();
  }
}

const panel = document.querySelector("[data-lock]");
if (panel) {
  new IdleLock(panel);
}

/** The time left of an emergency access: the server wrote it once, this keeps it true. */
class Countdown {
  constructor(place) {
    this.place = place;
    this.said = place.closest("[data-emergency]").querySelector("[data-countdown-said]");
    this.endsAt = performance.now() + Number(place.dataset.countdown) * 1000;
    this.timer = setInterval(() => this.look(), 1000);
    document.addEventListener("visibilitychange", () => this.look());
    this.look();
  }

  look() {
    const left = Math.max(0, Math.ceil((this.endsAt - performance.now()) / 1000));
    const minutes = Math.ceil(left / 60);
    const hours = Math.floor(minutes / 60);
    const said = hours ? [`${hours}\u00a0h`] : [];
    if (minutes % 60 || !hours) {
      said.push(`${minutes % 60}\u00a0min`);
    }
    this.place.textContent = said.join("\u00a0");
    if (minutes <= 10 && !this.said.textContent) {
      this.said.textContent = this.said.dataset.countdownSaid;
    }
    if (left === 0) {
      this.end();
    }
  }

  /** What stands on the screen is not theirs to read any more: ask the server again. */
  end() {
    clearInterval(this.timer);
    if (!drafts.some((draft) => draft.unsent)) {
      leavingOnPurpose = true;
      window.location.replace(window.location.pathname);
    }
  }
}

document.querySelectorAll("[data-countdown]").forEach((place) => new Countdown(place));

// A page taken back from the browser's memory may belong to a closed session: ask again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    window.location.reload();
  }
});

initAll();

// What htmx brings in gets the same enhancements; the error summary takes the focus by itself.
document.addEventListener("htmx:afterSwap", (event) => {
  initAll({ scope: event.detail.elt });
  const heading = event.detail.elt.querySelector("[data-focus]");
  if (heading) {
    heading.setAttribute("tabindex", "-1");
    heading.focus();
  }
});
