// PartyServer, as its documentation says to use it.
import { routePartykitRequest, Server } from "partyserver";
import { ack, Log, newMessage, news, onlineUsers, userJoined, welcome } from "./work.js";

export class Rooms extends Server {
  static options = { hibernate: true };
  #log;

  onStart() {
    console.log('{"event":"wake"}');
    this.#log = new Log(this.ctx.storage.sql);
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  onConnect(connection, { request }) {
    const { searchParams } = new URL(request.url);
    const userId = searchParams.get("userId");
    connection.setState({ userId });
    connection.send(JSON.stringify(welcome(userId)));
    if (!searchParams.has("announce")) return;
    const users = [...this.getConnections()].map(({ state }) => state.userId);
    connection.send(JSON.stringify(onlineUsers(users)));
    this.broadcast(JSON.stringify(userJoined(userId, users.length)), [connection.id]);
  }

  onMessage(connection, text) {
    const { messageId, message } = JSON.parse(text);
    const { userId } = connection.state;
    const place = this.#log.append(messageId, userId, message);
    connection.send(JSON.stringify(ack(messageId, place)));
    this.broadcast(JSON.stringify(newMessage(messageId, message, userId, place)));
  }

  async onRequest(request) {
    const event = await request.json();
    const { payload } = event;
    const place = this.#log.append(payload.messageId, null, JSON.stringify(payload));
    this.broadcast(JSON.stringify(news(event, place)));
    return Response.json({ seq: place.seq });
  }
}

export default {
  async fetch(request, env) {
    const answer = await routePartykitRequest(request, { ROOMS: env.ROOMS });
    return answer ?? new Response(null, { status: 404 });
  },
};
