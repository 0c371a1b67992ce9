/** Drawn in the colour of the text around them; for the ear there are labels elsewhere. */

import type { ReactNode } from "react";

function Icon({ children, wide = false }: { children: ReactNode; wide?: boolean }) {
  return (
    <svg className="icon" viewBox={wide ? "0 0 30 24" : "0 0 24 24"} aria-hidden="true">
      {children}
    </svg>
  );
}

export const SearchIcon = () => (
  <Icon>
    <circle cx="10.5" cy="10.5" r="6.5" />
    <path d="m15.5 15.5 5 5" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6 6 18" />
  </Icon>
);

export const ReplyIcon = () => (
  <Icon>
    <path d="M10 5 4 11l6 6M4 11h9a7 7 0 0 1 7 7v1" />
  </Icon>
);

export const ThreadIcon = () => (
  <Icon>
    <path d="M4 5h16v11h-9l-4 4v-4H4z" />
    <path d="M8 9h8M8 12h5" />
  </Icon>
);

export const SmileIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M8.5 14a4.2 4.2 0 0 0 7 0M9 9.5v.5M15 9.5v.5" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <path d="M9 9h11v11H9zM15 9V4H4v11h5" />
  </Icon>
);

export const PenIcon = () => (
  <Icon>
    <path d="m4 20 1-5L16 4l4 4L9 19zM14 6l4 4" />
  </Icon>
);

export const BinIcon = () => (
  <Icon>
    <path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="m6 9 6 6 6-6" />
  </Icon>
);

export const LinkIcon = () => (
  <Icon>
    <path d="M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1.5-1.5" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M4 4.5 21 12 4 19.5 7 12zM7 12h7" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 7v5l3 2" />
  </Icon>
);

export const TickIcon = () => (
  <Icon>
    <path d="m5 13 5 5L20 7" />
  </Icon>
);

export const TicksIcon = () => (
  <Icon wide>
    <path d="m2 13 5 5L17 7M12.5 16.5 14 18 25 7" />
  </Icon>
);

export const WarnIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v6M12 16v.5" />
  </Icon>
);

export const ChevronIcon = () => (
  <Icon>
    <path d="m9 6 6 6-6 6" />
  </Icon>
);

export const PauseIcon = () => (
  <Icon>
    <path d="M9 6v12M15 6v12" />
  </Icon>
);

export const PlayIcon = () => (
  <Icon>
    <path d="M8 5.5v13L18.5 12z" />
  </Icon>
);

export const ReplayIcon = () => (
  <Icon>
    <path d="M5 12a7 7 0 1 0 2.2-5.1L4.5 9.5M4.5 4.5v5h5" />
  </Icon>
);
