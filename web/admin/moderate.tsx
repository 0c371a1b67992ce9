import { type SubmitEvent, useState } from "react";
import type { Moderated, PresentUser } from "./answers.ts";
import { Dialog } from "./dialog.tsx";
import { ACTIONS, type Action, DURATIONS, requestOf, told } from "./moderation.ts";
import { useSession } from "./session.ts";
import { useAction } from "./use-action.ts";

/** What the room takes as a user id. */
const MOST_CHARACTERS = 128;

/** Sends somebody out, keeps them out, or silences them. To ask what exactly is to ask whether. */
export function Moderate({
  path,
  user,
  onDone,
  onClose,
}: {
  /** Of the room. */
  path: string;
  /** Without one it asks for an id. */
  user?: PresentUser;
  onDone: () => void;
  onClose: () => void;
}) {
  const { api } = useSession();
  const { run, isBusy } = useAction();
  const [userId, setUserId] = useState(user?.userId ?? "");
  const [action, setAction] = useState<Action>(user === undefined ? "ban" : "kick");
  const [duration, setDuration] = useState("");
  const [reason, setReason] = useState("");
  const name = user?.username ?? (userId || "somebody");

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    await run(async () => {
      const body = requestOf({ userId, action, duration, reason }, Date.now());
      return told(await api.post<Moderated>(`${path}/${action}`, body), name);
    });
    onClose();
    onDone();
  };
  return (
    <Dialog label={`Moderate ${name}`} onClose={onClose}>
      <form onSubmit={submit} data-testid="moderate-form">
        <h2>{user === undefined ? "Ban or mute" : `What about ${name}?`}</h2>
        {user === undefined && (
          <label className="field">
            User id
            <input
              required
              maxLength={MOST_CHARACTERS}
              value={userId}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              onChange={({ target }) => setUserId(target.value)}
            />
          </label>
        )}
        <fieldset className="actions">
          <legend className="unseen">Action</legend>
          {ACTIONS.map(({ name: one, title, hint }) => (
            <label key={one} data-chosen={one === action || undefined}>
              <input
                type="radio"
                name="action"
                value={one}
                checked={one === action}
                onChange={() => setAction(one)}
              />
              <span>
                <b>{title}</b>
                <span className="hint">{hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {action !== "kick" && (
          <label className="field">
            For how long
            <select value={duration} onChange={({ target }) => setDuration(target.value)}>
              {DURATIONS.map(({ name: one, title }) => (
                <option key={one} value={one}>
                  {title}
                </option>
              ))}
            </select>
          </label>
        )}
        <label className="field">
          <span>
            Reason <span className="field-note">(for the audit trail)</span>
          </span>
          <input
            maxLength={256}
            value={reason}
            data-testid="reason"
            onChange={({ target }) => setReason(target.value)}
          />
        </label>
        <div className="dialog-buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="danger" data-testid="confirm" disabled={isBusy}>
            {ACTIONS.find((one) => one.name === action)?.title} {name}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
