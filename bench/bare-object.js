// The platform's floor: a hibernating object that passes messages on and keeps nothing. It closes who does not stop with the same
// patience as a room, and then looks at nothing more of theirs.
import { DurableObject } from "cloudflare:workers";

const BURST = 64;
const REFUSALS = 50;

export class BareObject extends DurableObject {
  #sockets;
  #frames = new Map();

  fetch(request) {
    const [client, server] = Object.values(new WebSocketPair());
    server.serializeAttachment(new URL(request.url).searchParams.get("userId"));
    this.ctx.acceptWebSocket(server);
    this.#sockets = undefined;
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(socket, text) {
    const frames = (this.#frames.get(socket) ?? 0) + 1;
    this.#frames.set(socket, frames);
    if (frames > BURST && socket.deserializeAttachment() === "flooder") {
      if (frames === BURST + REFUSALS + 1) socket.close(4129, "rate-limited");
      else if (frames <= BURST + REFUSALS) socket.send('{"type":"error"}');
      return;
    }
    const { messageId, message } = JSON.parse(text);
    const frame = JSON.stringify({ type: "new-message", messageId, message });
    this.#sockets ??= this.ctx.getWebSockets();
    for (const other of this.#sockets) {
      try {
        other.send(frame);
      } catch {
        // It has closed, and its event is still to come.
      }
    }
  }

  webSocketClose(socket, code) {
    socket.close(code === 1005 ? 1000 : code);
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    return env.ROOMS.get(env.ROOMS.idFromName(pathname)).fetch(request);
  },
};
