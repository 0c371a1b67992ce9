// Socket.IO on Node, which prints where it listens: node socket-io.mjs [<file of its database>]
import { createServer } from "node:http";
import { Server } from "socket.io";
import { newMessage, news, onlineUsers, userJoined, welcome } from "./work.js";

const [file] = process.argv.slice(2);
const append = file ? await database(file) : memory();
const http = createServer(publish);
const io = new Server(http);

io.on("connection", (socket) => {
  const { room, userId, announce } = socket.handshake.query;
  socket.data.userId = userId;
  socket.join(room);
  socket.emit("welcome", welcome(userId));
  if (announce) tellOthers(socket, room, userId);
  socket.on("message", ({ messageId, message }, acknowledge) => {
    const place = append(messageId, userId, message);
    acknowledge(place);
    io.to(room).emit("new-message", newMessage(messageId, message, userId, place));
  });
});
http.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${http.address().port}`));

function tellOthers(socket, room, userId) {
  const members = [...(io.sockets.adapter.rooms.get(room) ?? [])];
  const users = members.map((id) => io.sockets.sockets.get(id).data.userId);
  socket.emit("online-users", onlineUsers(users));
  socket.to(room).emit("user-joined", userJoined(userId, users.length));
}

async function publish(request, response) {
  const room = request.url.slice("/rooms/".length);
  const event = JSON.parse(Buffer.concat(await request.toArray()).toString());
  const { payload } = event;
  const place = append(payload.messageId, null, JSON.stringify(payload));
  io.to(room).emit(event.type, news(event, place));
  response.setHeader("Content-Type", "application/json").end(JSON.stringify({ seq: place.seq }));
}

function memory() {
  let seq = 0;
  return () => ({ seq: ++seq, timestamp: Date.now() });
}

/** As durable as workerd makes it: one fsync a commit. */
async function database(path) {
  const { DatabaseSync } = await import("node:sqlite");
  const sql = new DatabaseSync(path);
  sql.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  sql.exec(
    "CREATE TABLE messages (seq INTEGER PRIMARY KEY, id TEXT, user TEXT, text TEXT, at INTEGER)",
  );
  const insert = sql.prepare(
    "INSERT INTO messages (seq, id, user, text, at) VALUES (?, ?, ?, ?, ?)",
  );
  let seq = 0;
  return (id, user, text) => {
    const place = { seq: ++seq, timestamp: Date.now() };
    insert.run(place.seq, id, user, text, place.timestamp);
    return place;
  };
}
