/**
 * A bot that answers whoever mentions it. A message mentions the users whose ids stand in `meta.mentions`; the bot's
 * answer is a reply to it, and mentions the asker.
 *
 * Run it (Node 22.18 or newer): `npm run build:client` in the root of the repository, `npm install` here, then
 *
 *     ROOMS_HOST=localhost:8787 ROOM=lobby npm start
 *
 * With `AUTH_MODE = "token"` give a token besides, as TOKEN; its `sub` is the bot's user id, its `limits` claim may
 * let the bot say more than people may.
 */

import { type MessageFrame, Room } from "durable-rooms";

const { ROOMS_HOST = "localhost:8787", ROOM = "lobby", TOKEN } = process.env;

const bot = new Room({
  host: ROOMS_HOST,
  room: ROOM,
  userId: "bot",
  username: "Bot",
  ...(TOKEN !== undefined && { token: TOKEN }),
  // It answers what is said from now on, and never shows a list.
  historyPage: 0,
});

const COMMANDS: Record<string, () => string> = {
  help: () => `Mention me with one of: ${Object.keys(COMMANDS).join(", ")}.`,
  time: () => `It is ${new Date().toISOString()}.`,
  who: () => `Here: ${[...bot.people.getSnapshot().users.keys()].join(", ")}.`,
};

function mentionsMe({ userId, meta }: MessageFrame): boolean {
  // Never itself, or two bots would talk for ever.
  if (userId === bot.userId || typeof meta !== "object" || meta === null) return false;
  const { mentions } = meta as { mentions?: unknown };
  return Array.isArray(mentions) && mentions.includes(bot.userId);
}

function answerTo(text: string): string {
  const word = text
    .toLowerCase()
    .split(/\W+/)
    .find((one) => Object.hasOwn(COMMANDS, one));
  return (COMMANDS[word ?? "help"] as () => string)();
}

// Each message comes once, those too that were sent while the line was broken.
bot.on("new-message", (message) => {
  if (!mentionsMe(message)) return;
  const answered = bot.send(answerTo(message.message), {
    // The same id each time: of two copies of the bot, as while a new version starts, one is heard.
    messageId: `answer-to-${message.seq}`,
    replyTo: message.messageId,
    meta: { mentions: [message.userId] },
  });
  answered.catch((error: Error) => console.error(`Not answered: ${error.message}`));
});

bot.on("state", (state) => {
  if (state.status === "open") console.log(`in ${ROOM} as ${bot.userId}`);
  if (state.status === "offline") console.warn("No connection; it tries again by itself.");
  // For good: the room does not want it, or the token has ended. Anything else comes back by itself.
  if (state.status === "closed" && state.code !== 1000) {
    console.error(`Closed with ${state.code}: ${state.error?.message ?? state.reason}`);
    process.exitCode = 1;
  }
});
bot.on("error", ({ code, message }) => console.error(`${code}: ${message}`));

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => bot.leave());
bot.join();
