import { type RefObject, useInsertionEffect, useRef } from "react";

/** What was given in the latest render: so that handlers may be written in place and nothing starts anew for them. */
export function useLatest<Value>(value: Value): Readonly<RefObject<Value>> {
  const ref = useRef(value);
  useInsertionEffect(() => {
    ref.current = value;
  });
  return ref;
}
