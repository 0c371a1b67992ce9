import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useMemo,
  useRef,
  useState,
} from "react";
import { CloseIcon } from "../shared/icons.tsx";

export interface Teller {
  /** It worked. Goes by itself. */
  done(text: string): void;
  /** It did not. Stays until it is dismissed: nobody reads to a timer. */
  failed(text: string): void;
}

interface Toast {
  id: number;
  text: string;
  isFailure: boolean;
}

const DONE_MS = 6000;

/** More would cover the page. */
const MOST = 4;

const Context = createContext<Teller | undefined>(undefined);

export function useToasts(): Teller {
  const teller = useContext(Context);
  if (teller === undefined) throw new Error("There is nothing to show toasts on.");
  return teller;
}

/** What came of what one did: said to the eye at the foot of the page, and to the ear. */
export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const count = useRef(0);

  const dismiss = useCallback(
    (id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)),
    [],
  );
  const teller = useMemo((): Teller => {
    const show = (text: string, isFailure: boolean) => {
      count.current += 1;
      const id = count.current;
      setToasts((shown) => [...shown, { id, text, isFailure }].slice(-MOST));
      if (!isFailure) setTimeout(() => dismiss(id), DONE_MS);
    };
    return { done: (text) => show(text, false), failed: (text) => show(text, true) };
  }, [dismiss]);

  const list = (isFailure: boolean) =>
    toasts
      .filter((toast) => toast.isFailure === isFailure)
      .map(({ id, text }) => (
        <div key={id} className="toast" data-failure={isFailure || undefined} data-testid="toast">
          <p>{text}</p>
          <button type="button" className="plain" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <CloseIcon />
          </button>
        </div>
      ));
  return (
    <Context value={teller}>
      {children}
      <div id="toasts">
        <div role="alert">{list(true)}</div>
        <div role="status">{list(false)}</div>
      </div>
    </Context>
  );
}
