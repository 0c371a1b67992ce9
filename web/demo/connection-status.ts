import { find } from "./dom.ts";
import type { ConnectionState } from "./room-connection.ts";

const WORDS: Record<ConnectionState, string> = {
  connecting: "Connecting…",
  open: "Connected",
  reconnecting: "Reconnecting…",
  closed: "Disconnected",
};

/** The state of the connection in words; where it has ended, the reason takes the composer's place. */
export class ConnectionStatus {
  readonly #status = find("[data-testid=status]", HTMLElement);
  readonly #composer = find("#composer", HTMLFormElement);
  readonly #ended = find("#ended", HTMLElement);
  readonly #why = find("#ended p", HTMLParagraphElement);

  constructor(retry: () => void) {
    find("#retry", HTMLButtonElement).addEventListener("click", retry);
    this.show("connecting");
  }

  show(state: ConnectionState): void {
    this.#status.dataset.state = state;
    this.#status.textContent = WORDS[state];
    this.#composer.hidden = state === "closed";
    this.#ended.hidden = state !== "closed";
  }

  explain(why: string): void {
    this.#why.textContent = why;
  }
}
