import { useState } from "react";
import { Chat } from "./chat.tsx";
import { JoinForm } from "./join-form.tsx";
import { arrive, enter, leave, type Visit } from "./visit.ts";

/** The form, or the room. */
export function App() {
  const [{ visit, joinsAtOnce }, setArrival] = useState(arrive);
  const [inside, setInside] = useState<Visit | undefined>(() => {
    if (!joinsAtOnce) return undefined;
    enter(visit);
    return visit;
  });

  if (inside === undefined) {
    return (
      <JoinForm
        visit={visit}
        onJoin={(chosen) => {
          enter(chosen);
          setInside(chosen);
        }}
      />
    );
  }
  return (
    <Chat
      visit={inside}
      onLeave={() => {
        leave();
        setArrival({ visit: inside, joinsAtOnce: false });
        setInside(undefined);
      }}
    />
  );
}
