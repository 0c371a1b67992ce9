import { SearchIcon } from "../shared/icons.tsx";
import { CopyLink } from "./copy-link.tsx";
import { type ShownState, STATE_WORDS } from "./words.ts";

export interface HeaderProps {
  room: string;
  state: ShownState;
  canSearch: boolean;
  onSearch: () => void;
  onLeave: () => void;
}

export function Header({ room, state, canSearch, onSearch, onLeave }: HeaderProps) {
  return (
    <header>
      <img src="/favicon.svg" alt="" width="32" height="32" />
      <div className="where">
        <h1 id="room-name">{room}</h1>
        <p role="status" data-testid="status" data-state={state}>
          {STATE_WORDS[state]}
        </p>
      </div>
      {canSearch && (
        <button
          type="button"
          className="plain"
          data-testid="open-search"
          aria-label="Search the messages"
          onClick={onSearch}
        >
          <SearchIcon />
        </button>
      )}
      <CopyLink room={room} />
      <button type="button" id="leave" data-testid="leave" onClick={onLeave}>
        Leave
      </button>
    </header>
  );
}
