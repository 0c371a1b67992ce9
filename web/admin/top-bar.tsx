import { OVERVIEW, type Place } from "./place.ts";
import { useSession } from "./session.ts";

export function TopBar({ place }: { place: Place }) {
  const { signOut } = useSession();
  return (
    <header id="top">
      <nav aria-label="Where you are">
        <a href={OVERVIEW} className="home">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          <span>Durable Rooms</span>
        </a>
        {place.kind === "room" && (
          <span className="crumb" aria-current="page">
            <span className="crumb-party">{place.party}</span>
            <span className="crumb-room">{place.room}</span>
          </span>
        )}
      </nav>
      <button type="button" className="sign-out" data-testid="sign-out" onClick={signOut}>
        Sign out
      </button>
    </header>
  );
}
