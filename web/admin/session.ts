import { createContext, useContext } from "react";
import { forTab } from "../shared/memory.ts";
import type { Api } from "./api.ts";

/** Who has signed in: for as long as the tab is there, and never in an address. */
const CREDENTIAL = "durable-rooms.admin";

export const credentials = {
  recall: () => forTab.recall(CREDENTIAL),
  remember: (credential: string) => forTab.remember(CREDENTIAL, credential),
  forget: () => forTab.forget(CREDENTIAL),
};

export interface Session {
  api: Api;
  signOut(): void;
}

const Context = createContext<Session | undefined>(undefined);

export const SessionScope = Context.Provider;

export function useSession(): Session {
  const session = useContext(Context);
  if (session === undefined) throw new Error("Nobody has signed in here.");
  return session;
}
