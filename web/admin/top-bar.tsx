import { OVERVIEW } from "./place.ts";
import { useSession } from "./session.ts";

export function TopBar() {
  const { signOut } = useSession();
  return (
    <header id="top">
      <a href={OVERVIEW} className="home">
        <img src="/favicon.svg" alt="" width="28" height="28" />
        Durable Rooms
      </a>
      <button type="button" className="sign-out" data-testid="sign-out" onClick={signOut}>
        Sign out
      </button>
    </header>
  );
}
