import { useMemo, useState } from "react";
import { Api } from "./api.ts";
import { Overview } from "./overview.tsx";
import { RoomPage } from "./room-page.tsx";
import { credentials, SessionScope } from "./session.ts";
import { SignIn } from "./sign-in.tsx";
import { Toasts } from "./toasts.tsx";
import { TopBar } from "./top-bar.tsx";
import { usePlace } from "./use-place.ts";

const ENDED = "Your token has ended, or the key is another one now. Sign in again.";

/** The way in, or the dashboard. */
export function App() {
  const [credential, setCredential] = useState(credentials.recall);
  const [reason, setReason] = useState<string>();

  const session = useMemo(() => {
    if (credential === undefined) return undefined;
    const leave = (why?: string) => {
      credentials.forget();
      setReason(why);
      setCredential(undefined);
    };
    return { api: new Api(credential, () => leave(ENDED)), signOut: () => leave() };
  }, [credential]);

  if (session === undefined) {
    return (
      <SignIn
        reason={reason}
        onSignedIn={(accepted) => {
          credentials.remember(accepted);
          setCredential(accepted);
        }}
      />
    );
  }
  return (
    <SessionScope value={session}>
      <Toasts>
        <Dashboard />
      </Toasts>
    </SessionScope>
  );
}

function Dashboard() {
  const place = usePlace();
  return (
    <>
      <TopBar />
      {place.kind === "overview" ? (
        <Overview />
      ) : (
        // Nothing of one room is to be seen in another.
        <RoomPage key={`${place.party}/${place.room}`} party={place.party} room={place.room} />
      )}
    </>
  );
}
