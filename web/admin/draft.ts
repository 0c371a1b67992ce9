/** A test event, as it is being written. */

export interface Draft {
  type: string;
  /** JSON, or what is to become of it. */
  payload: string;
  persist: boolean;
  excludeUserId: string;
}

export const FIRST_DRAFT: Draft = {
  type: "TEST_EVENT",
  payload: '{\n  "hello": "world"\n}',
  persist: false,
  excludeUserId: "",
};

/** What the server takes as a type. */
const MOST_CHARACTERS = 128;

/** What is wrong with it, by field; nothing if it can be sent. */
export function faultsOf({ type, payload }: Draft): { type?: string; payload?: string } {
  const faults: { type?: string; payload?: string } = {};
  const characters = [...type.trim()].length;
  if (characters === 0) faults.type = "An event needs a type.";
  else if (characters > MOST_CHARACTERS) faults.type = `At most ${MOST_CHARACTERS} characters.`;
  try {
    JSON.parse(payload);
  } catch (error) {
    faults.payload = payload.trim() === "" ? "Write any JSON, at least null." : whyNot(error);
  }
  return faults;
}

/** The body of the call; the draft must have no faults. */
export function bodyOf({ type, payload, persist, excludeUserId }: Draft): object {
  const excluded = excludeUserId.trim();
  return {
    type: type.trim(),
    payload: JSON.parse(payload) as unknown,
    ...(persist && { persist }),
    ...(excluded !== "" && { excludeUserId: excluded }),
  };
}

function whyNot(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `This is not JSON: ${text}`;
}
