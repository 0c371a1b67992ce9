// The bare object with a fault, to see that the measurement notices: FAULT is `lose`, `repeat` or `swap`.
import { BareObject } from "./bare-object.js";

const EVERY = 20;

export class FaultyObject extends BareObject {
  #count = 0;

  broadcast(frame) {
    this.#count += 1;
    if (this.#count % EVERY !== 0) return super.broadcast(frame);
    const [first, ...others] = this.sockets;
    for (const socket of others) socket.send(frame);
    if (this.env.FAULT === "repeat") for (let n = 0; n < 2; n++) first.send(frame);
    // One gets it twice, and another not at all.
    if (this.env.FAULT === "swap") others[0].send(frame);
  }
}

export { default } from "./bare-object.js";
