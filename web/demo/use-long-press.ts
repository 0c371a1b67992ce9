import { type PointerEvent, useRef } from "react";

const LONG_MS = 450;

/** A finger that moves this far scrolls. */
const STILL_PX = 10;

/** For fingers what hovering is for the mouse. */
export function useLongPress(act: (at: HTMLElement) => void) {
  const press = useRef<{ timer: number; x: number; y: number }>(undefined);
  const end = () => {
    clearTimeout(press.current?.timer);
    press.current = undefined;
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      end();
      if (event.pointerType === "mouse") return;
      const at = event.currentTarget;
      const timer = window.setTimeout(() => {
        press.current = undefined;
        act(at);
      }, LONG_MS);
      press.current = { timer, x: event.clientX, y: event.clientY };
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent<HTMLElement>) => {
      const { x = clientX, y = clientY } = press.current ?? {};
      if (Math.hypot(clientX - x, clientY - y) > STILL_PX) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}
