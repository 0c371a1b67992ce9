/** Mounts components that show nothing, so that the little of a document suffices that React asks for by itself. */
import { act, type ReactElement } from "react";
import { createRoot } from "react-dom/client";

export interface Mounted {
  update(element: ReactElement): Promise<void>;
  unmount(): Promise<void>;
}

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

export async function mount(element: ReactElement): Promise<Mounted> {
  const root = createRoot(box());
  await act(async () => root.render(element));
  return {
    update: (next) => act(async () => root.render(next)),
    unmount: () => act(async () => root.unmount()),
  };
}

function box(): Parameters<typeof createRoot>[0] {
  const listens = { addEventListener() {}, removeEventListener() {} };
  const ownerDocument = { nodeType: 9, nodeName: "#document", activeElement: null, ...listens };
  const container = { nodeType: 1, nodeName: "DIV", tagName: "DIV", textContent: "", ...listens };
  const window = { document: ownerDocument, ...listens, HTMLIFrameElement: class {} };
  Object.assign(globalThis, { window });
  const element = { ...container, ownerDocument: { ...ownerDocument, defaultView: window } };
  return element as unknown as Parameters<typeof createRoot>[0];
}
