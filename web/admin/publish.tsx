import { type KeyboardEvent, type SubmitEvent, useId, useRef } from "react";
import { counted } from "../shared/names.ts";
import type { PresentUser, Published } from "./answers.ts";
import { bodyOf, type Draft, faultsOf } from "./draft.ts";
import { useSession } from "./session.ts";
import { useAction } from "./use-action.ts";

/** Says something to everybody in the room, to see whether it arrives. */
export function Publish({
  path,
  users,
  draft,
  onChange,
}: {
  path: string;
  users: readonly PresentUser[];
  draft: Draft;
  onChange: (draft: Draft) => void;
}) {
  const { api } = useSession();
  const { run, isBusy } = useAction();
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const faults = faultsOf(draft);
  const isFaulty = faults.type !== undefined || faults.payload !== undefined;
  const change = (part: Partial<Draft>) => onChange({ ...draft, ...part });

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isFaulty) return;
    run(async () => {
      const { delivered, seq } = await api.post<Published>(path, bodyOf(draft));
      const kept = seq === undefined ? "" : `, kept as ${seq}`;
      return `Delivered to ${counted(delivered, "connection")}${kept}.`;
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
  };
  return (
    <form
      ref={form}
      className="publish"
      data-testid="publish"
      onSubmit={submit}
      onKeyDown={onKeyDown}
    >
      <p className="hint">Everybody who is connected to this room gets it.</p>
      <label className="field">
        Type
        <input
          className="mono"
          value={draft.type}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          aria-invalid={faults.type !== undefined}
          aria-describedby={`${id}type`}
          onChange={({ target }) => change({ type: target.value })}
        />
      </label>
      <p id={`${id}type`} className="fault">
        {faults.type}
      </p>
      <label className="field">
        Payload
        <textarea
          className="mono"
          rows={7}
          value={draft.payload}
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={faults.payload !== undefined}
          aria-describedby={`${id}payload`}
          onChange={({ target }) => change({ payload: target.value })}
        />
      </label>
      <p id={`${id}payload`} className="fault" data-testid="payload-fault">
        {faults.payload}
      </p>
      <label className="field">
        <span>
          Not to this user <span className="field-note">(id)</span>
        </span>
        <input
          list={`${id}users`}
          value={draft.excludeUserId}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => change({ excludeUserId: target.value })}
        />
      </label>
      <datalist id={`${id}users`}>
        {users.map(({ userId, username }) => (
          <option key={userId} value={userId}>
            {username}
          </option>
        ))}
      </datalist>
      <label className="check">
        <input
          type="checkbox"
          checked={draft.persist}
          onChange={({ target }) => change({ persist: target.checked })}
        />
        Keep it in the room's history
      </label>
      <button type="submit" className="primary" disabled={isFaulty || isBusy}>
        {isBusy ? "Sending…" : "Send test event"}
      </button>
    </form>
  );
}
