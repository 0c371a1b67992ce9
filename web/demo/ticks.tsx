import type { MessageStatus } from "durable-rooms";
import { ClockIcon, TickIcon, TicksIcon, WarnIcon } from "../shared/icons.tsx";

const ICONS: Record<MessageStatus, () => React.JSX.Element> = {
  sending: ClockIcon,
  failed: WarnIcon,
  sent: TickIcon,
  delivered: TicksIcon,
  read: TicksIcon,
};

/** How far an own message has come: a clock, one tick, two, two in blue. */
export function Ticks({ status, label }: { status: MessageStatus; label: string }) {
  const Shape = ICONS[status];
  return (
    <span className="ticks" data-testid="ticks" role="img" aria-label={label} title={label}>
      <Shape />
    </span>
  );
}
