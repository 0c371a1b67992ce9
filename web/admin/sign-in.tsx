import { type SubmitEvent, useEffect, useRef, useState } from "react";
import type { Stats } from "./answers.ts";
import { Api, type ApiError } from "./api.ts";

/** What a header can carry. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/** Asks for a key or a token, and lets it through when the server has accepted it. */
export function SignIn({
  reason,
  onSignedIn,
}: {
  /** Why one has to sign in again. */
  reason: string | undefined;
  onSignedIn: (credential: string) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  const [error, setError] = useState(reason);
  const [isChecking, setChecking] = useState(false);

  useEffect(() => {
    document.title = "Sign in · Durable Rooms";
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  const refuse = (why: string) => {
    setError(why);
    setChecking(false);
    field.current?.select();
  };
  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const credential = field.current?.value.trim() ?? "";
    if (isChecking) return;
    if (credential === "") return refuse("Paste the backend key or an admin token.");
    if (!PRINTABLE.test(credential)) {
      return refuse("This is no key and no token: it has spaces or characters of other scripts.");
    }
    setError(undefined);
    setChecking(true);
    try {
      await new Api(credential).get<Stats>("/stats");
    } catch (cause) {
      return refuse(whyRefused(cause as ApiError));
    }
    onSignedIn(credential);
  };

  return (
    <main id="join">
      <div className="card">
        <img src="/favicon.svg" alt="" width="48" height="48" />
        <h1>Dashboard</h1>
        <p>What happens in the rooms of this deployment, for those who run it.</p>
        <form data-testid="sign-in" onSubmit={submit}>
          <label htmlFor="credential">Backend key or admin token</label>
          <input
            ref={field}
            id="credential"
            data-testid="credential"
            type="password"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            aria-describedby="credential-hint credential-error"
            aria-invalid={error !== undefined}
          />
          <p id="credential-hint" className="hint">
            The value of <code>BROADCAST_KEY</code>, or a token with the role <code>admin</code>. It
            stays in this tab and is forgotten when you close it.
          </p>
          <div role="alert" id="credential-error">
            {error !== undefined && (
              <p className="refusal" data-testid="refusal">
                {error}
              </p>
            )}
          </div>
          <button type="submit" className="primary" data-testid="enter" disabled={isChecking}>
            {isChecking ? "Checking…" : "Sign in"}
          </button>
        </form>
      </div>
    </main>
  );
}

function whyRefused({ status, code, message }: ApiError): string {
  switch (status) {
    case 0:
      return "The server does not answer. Is it running?";
    case 401:
      return "The server does not know this key or token. Has the token ended?";
    case 403:
      return "This token is valid, but not for the dashboard: it needs the role admin, or the capability metrics for all rooms.";
    default:
      return `The server refused: ${message} (${code})`;
  }
}
