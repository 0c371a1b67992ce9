// The bare object, closing who does not stop with the same patience as a room, and then looking at nothing more of theirs.
import { BareObject } from "./bare-object.js";

const BURST = 64;
const REFUSALS = 50;

export class FloodedObject extends BareObject {
  #frames = new Map();

  webSocketMessage(socket, text) {
    const frames = (this.#frames.get(socket) ?? 0) + 1;
    this.#frames.set(socket, frames);
    if (frames <= BURST || socket.deserializeAttachment() !== "flooder") {
      super.webSocketMessage(socket, text);
    } else if (frames <= BURST + REFUSALS) {
      socket.send('{"type":"error"}');
    } else if (frames === BURST + REFUSALS + 1) {
      socket.close(4129, "rate-limited");
    }
  }
}

export { default } from "./bare-object.js";
