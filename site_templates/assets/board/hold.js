// What the reader holds down: a link that is replaced between the press and the click is dead.

const GIVE_UP = 400; // ms after letting go: no click has come of it

/** Knows whether something in an element that can be clicked is held down. */
export class Hold {
  constructor(element) {
    element.addEventListener("pointerdown", ({ target }) => target.closest("a, input") && this.wait("pointerup", GIVE_UP));
    element.addEventListener("keydown", ({ key }) => key === " " && this.wait("keyup", 0));
  }

  /** A promise that is kept when nothing is held, and what a click does is done. */
  free() {
    return this.held ?? Promise.resolve();
  }

  wait(up, patience) {
    this.held ??= new Promise((release) => {
      const listening = new AbortController();
      const on = (name, act) => addEventListener(name, act, { capture: true, signal: listening.signal });
      const done = () => {
        listening.abort();
        this.held = null;
        release();
      };
      // The click's own listeners, and what the browser does after them, come first.
      for (const name of ["click", "auxclick"]) on(name, () => setTimeout(done));
      for (const name of ["pointercancel", "contextmenu"]) on(name, done);
      on("blur", ({ target }) => target === window && done());
      on(up, () => setTimeout(done, patience));
    });
  }
}
