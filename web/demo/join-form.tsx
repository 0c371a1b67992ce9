import { type SubmitEvent, useEffect, useRef } from "react";
import type { Visit } from "./visit.ts";

/** Asks for a name and a room; both come back trimmed and not empty. */
export function JoinForm({ visit, onJoin }: { visit: Visit; onJoin: (visit: Visit) => void }) {
  const nameField = useRef<HTMLInputElement>(null);
  const roomField = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = "Durable Rooms";
    // On a touch screen the keyboard would cover half of the form before anybody has read it.
    if (!matchMedia("(pointer: fine)").matches) return;
    if (nameField.current?.value === "") nameField.current.focus();
    else roomField.current?.select();
  }, []);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const [name, room] = [nameField.current, roomField.current];
    if (name === null || room === null) return;
    name.value = name.value.trim();
    room.value = room.value.trim();
    if (!event.currentTarget.reportValidity()) return;
    onJoin({ ...visit, name: name.value, room: room.value });
  };

  return (
    <main id="join">
      <div className="card">
        <img src="/favicon.svg" alt="" width="48" height="48" />
        <h1>Durable Rooms</h1>
        <p>
          Open a room, send somebody the link, and talk. Whoever comes later finds what was said
          before.
        </p>
        <form data-testid="join-form" onSubmit={submit}>
          <label htmlFor="name">Your name</label>
          <input
            ref={nameField}
            id="name"
            name="name"
            data-testid="name"
            defaultValue={visit.name}
            required
            maxLength={128}
            autoComplete="nickname"
            autoCapitalize="words"
            spellCheck={false}
          />
          <label htmlFor="room">Room</label>
          <input
            ref={roomField}
            id="room"
            name="room"
            data-testid="room"
            defaultValue={visit.room}
            required
            maxLength={128}
            pattern="(?!\.{1,2}$).*"
            title="Any name but “.” and “..”"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            aria-describedby="room-hint"
          />
          <p id="room-hint" className="hint">
            A room that does not exist yet is made by entering it.
          </p>
          <button type="submit" className="primary" data-testid="join">
            Join
          </button>
        </form>
      </div>
    </main>
  );
}
