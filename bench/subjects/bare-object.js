// The platform's floor: a hibernating object without a framework.
import { DurableObject } from "cloudflare:workers";
import { ack, Log, newMessage, news, onlineUsers, userJoined, welcome } from "./work.js";

export class BareObject extends DurableObject {
  #log;
  #sockets;

  constructor(ctx, env) {
    super(ctx, env);
    console.log('{"event":"wake"}');
    this.#log = new Log(ctx.storage.sql);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  async fetch(request) {
    if (request.headers.get("Upgrade") !== "websocket") return this.#publish(await request.json());
    const { searchParams } = new URL(request.url);
    const userId = searchParams.get("userId");
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment(userId);
    server.send(JSON.stringify(welcome(userId)));
    if (searchParams.has("announce")) this.#announce(server, userId);
    this.#sockets = undefined;
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(socket, text) {
    const { messageId, message } = JSON.parse(text);
    const userId = socket.deserializeAttachment();
    const place = this.#log.append(messageId, userId, message);
    socket.send(JSON.stringify(ack(messageId, place)));
    this.broadcast(JSON.stringify(newMessage(messageId, message, userId, place)));
  }

  webSocketClose(socket, code) {
    this.#sockets = undefined;
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }

  broadcast(frame) {
    for (const socket of this.sockets) {
      try {
        socket.send(frame);
      } catch {
        // It has closed, and its event is still to come.
      }
    }
  }

  get sockets() {
    this.#sockets ??= this.ctx.getWebSockets();
    return this.#sockets;
  }

  #announce(newcomer, userId) {
    const sockets = this.ctx.getWebSockets();
    const users = sockets.map((socket) => socket.deserializeAttachment());
    newcomer.send(JSON.stringify(onlineUsers(users)));
    const frame = JSON.stringify(userJoined(userId, users.length));
    for (const socket of sockets) if (socket !== newcomer) socket.send(frame);
  }

  #publish(event) {
    const { payload } = event;
    const place = this.#log.append(payload.messageId, null, JSON.stringify(payload));
    this.broadcast(JSON.stringify(news(event, place)));
    return Response.json({ seq: place.seq, delivered: this.sockets.length });
  }
}

export default {
  fetch(request, env) {
    return env.ROOMS.get(env.ROOMS.idFromName(new URL(request.url).pathname)).fetch(request);
  },
};
