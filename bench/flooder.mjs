// Sends frames as fast as it can, and prints how it was closed: node flooder.mjs <address> <frames>
import WebSocket from "ws";

const [address, frames] = process.argv.slice(2);
const socket = new WebSocket(address ?? "");
socket.on("open", () => {
  for (let n = 0; n < Number(frames); n++) {
    socket.send(JSON.stringify({ type: "message", messageId: `f${n}`, message: "x" }));
  }
});
socket.on("close", (code) => {
  console.log(code);
  process.exit();
});
