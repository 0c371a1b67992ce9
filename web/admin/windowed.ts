/** Which rows of a long list are in view: only those are in the page. */

export interface View {
  /** From the top of the list, in pixels. */
  top: number;
  height: number;
}

/** Rows beyond the edges, so that a quick hand does not see an empty place. */
const SPARE = 8;

/** The first row, and the one after the last. */
export function rowsInView(
  count: number,
  rowHeight: number,
  view: View,
): [first: number, end: number] {
  const first = Math.max(0, Math.floor(view.top / rowHeight) - SPARE);
  const end = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + SPARE);
  return [Math.min(first, count), Math.max(end, 0)];
}
