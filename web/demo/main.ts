import { ChatRoom } from "./chat-room.ts";
import { JoinForm } from "./join-form.ts";
import { arrive, enter } from "./visit.ts";

const { visit, joinsAtOnce } = arrive();

const form = new JoinForm(visit, (chosen) => {
  enter(chosen);
  new ChatRoom(chosen);
});

if (joinsAtOnce) form.submit();
else form.show();
