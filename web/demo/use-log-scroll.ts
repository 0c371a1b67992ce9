/**
 * The place of a reader in the log. Whoever reads at the end stays at the end; whoever reads further up is left there,
 * whatever comes in above or below, and is told that something came.
 */

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** This close to the end counts as being there, in CSS pixels: about one line. */
const NEAR_END_PX = 32;

/** This close to the beginning the page before it is fetched: about one screen of a phone. */
const NEAR_TOP_PX = 600;

/** What of the message before it stays in view above the first unread one. */
const ABOVE_UNREAD_PX = 72;

export interface LogScroll {
  log: RefObject<HTMLDivElement | null>;
  rows: RefObject<HTMLDivElement | null>;
  isAtEnd: boolean;
  onScroll: () => void;
  /** Goes to the end, and stays there. */
  toEnd: () => void;
  /** Puts a row into the middle. */
  toRow: (row: HTMLElement) => void;
}

export interface LogScrollEvents {
  /** By a change of the log or by the reader's own hand. */
  onNearTop(byHand: boolean): void;
  /** The last message of somebody else that is in view, with the page in front. */
  onSeen(seq: number): void;
}

/**
 * @param follows Whether the newest message is in view, or will be with the next paint; true at first.
 * @param unreadAfter Names the line above the first unread message, if there is one.
 */
export function useLogScroll(
  follows: RefObject<boolean>,
  unreadAfter: number | undefined,
  events: LogScrollEvents,
): LogScroll {
  const log = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const anchor = useRef<{ element: Element; top: number }>(undefined);
  const shownUnread = useRef<number>(undefined);
  const [isAtEnd, setAtEnd] = useState(true);
  const latest = useRef(events);

  /** After every change of the log, before it is painted. */
  const settle = useCallback(() => {
    const [box, list] = [log.current, rows.current];
    if (box === null || list === null) return;
    const { element, top } = anchor.current ?? {};
    if (follows.current) {
      box.scrollTop = box.scrollHeight;
    } else if (element?.isConnected && top !== undefined) {
      const moved = topWithin(box, element) - top;
      if (Math.abs(moved) >= 1) box.scrollTop += moved;
    }
    lastTop.current = box.scrollTop;
    anchor.current = follows.current ? undefined : anchorOf(box, list);
    setAtEnd(follows.current);
    if (box.scrollTop < NEAR_TOP_PX) latest.current.onNearTop(false);
    report(box, list, follows.current, latest.current.onSeen);
  }, [follows]);

  const onScroll = useCallback(() => {
    const [box, list] = [log.current, rows.current];
    if (box === null || list === null) return;
    // The event comes a frame late, and the log may have grown by then: to be away from the end
    // means nothing, to have moved up does.
    const hasMovedUp = box.scrollTop < lastTop.current;
    lastTop.current = box.scrollTop;
    if (isNearEnd(box)) follows.current = true;
    else if (hasMovedUp) follows.current = false;
    anchor.current = follows.current ? undefined : anchorOf(box, list);
    setAtEnd(follows.current);
    if (box.scrollTop < NEAR_TOP_PX) latest.current.onNearTop(true);
    report(box, list, follows.current, latest.current.onSeen);
  }, [follows]);

  const toEnd = useCallback(() => {
    follows.current = true;
    settle();
  }, [follows, settle]);

  const toRow = useCallback(
    (row: HTMLElement) => {
      follows.current = false;
      anchor.current = undefined;
      row.scrollIntoView({ block: "center" });
      onScroll();
    },
    [follows, onScroll],
  );

  useLayoutEffect(() => {
    latest.current = events;
    const [box, list] = [log.current, rows.current];
    const line = list?.querySelector("[data-row=unread]");
    if (box && line) {
      // Whoever comes, or comes back to the page, begins to read where they have stopped.
      const isNew = shownUnread.current !== unreadAfter || document.visibilityState === "hidden";
      shownUnread.current = unreadAfter;
      if (isNew && follows.current) {
        const top = topWithin(box, line) - ABOVE_UNREAD_PX;
        if (top < box.scrollHeight - box.clientHeight - NEAR_END_PX) {
          follows.current = false;
          anchor.current = undefined;
          box.scrollTop = top;
        }
      }
    }
    settle();
  });

  useEffect(() => {
    const [box, list] = [log.current, rows.current];
    if (box === null || list === null) return;
    // A keyboard that opens, a composer that grows, a window that gets narrower: the place is kept.
    const observer = new ResizeObserver(settle);
    observer.observe(box);
    observer.observe(list);
    document.addEventListener("visibilitychange", onScroll);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", onScroll);
    };
  }, [settle, onScroll]);

  return { log, rows, isAtEnd, onScroll, toEnd, toRow };
}

function isNearEnd({ scrollHeight, scrollTop, clientHeight }: Element): boolean {
  return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
}

/** Where something is in the content of a box, wherever that is scrolled to. */
function topWithin(box: Element, element: Element): number {
  return element.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
}

/** The first message in view. Its bubble, for the name above may go when earlier messages are put before it. */
function anchorOf(box: Element, list: Element): { element: Element; top: number } | undefined {
  const { top } = box.getBoundingClientRect();
  let at = firstWhere(list, (row) => row.getBoundingClientRect().bottom > top);
  while (at < list.children.length) {
    const element = list.children[at]?.querySelector(".bubble");
    if (element) return { element, top: topWithin(box, element) };
    at += 1;
  }
  return undefined;
}

function report(
  box: Element,
  list: Element,
  followsEnd: boolean,
  onSeen: (seq: number) => void,
): void {
  if (document.visibilityState !== "visible") return;
  const { bottom } = box.getBoundingClientRect();
  const isBelow = (row: Element) => row.getBoundingClientRect().bottom > bottom + 1;
  let at = (followsEnd ? list.children.length : firstWhere(list, isBelow)) - 1;
  while (at >= 0) {
    const row = list.children[at];
    if (row instanceof HTMLElement && row.dataset.seq && row.dataset.own === undefined) {
      onSeen(Number(row.dataset.seq));
      return;
    }
    at -= 1;
  }
}

/** The index of the first row for which it is true, as it is for all after it. */
function firstWhere({ children }: Element, isTrue: (row: Element) => boolean): number {
  let low = 0;
  let high = children.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = children[middle];
    if (row && !isTrue(row)) low = middle + 1;
    else high = middle;
  }
  return low;
}
