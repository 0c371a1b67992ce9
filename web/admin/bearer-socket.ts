import type { World } from "durable-rooms";

/** What a subprotocol may consist of (RFC 9110, a token): a JWT does, a key of other signs does not. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

export const canBearOnSocket = (credential: string): boolean => TOKEN.test(credential);

/** Sockets that show a credential as a header does: not in the address, which logs get to see. */
export function bearerSocket(credential: string): World["WebSocket"] {
  return class extends WebSocket {
    constructor(url: string) {
      super(url, ["bearer", credential]);
    }
  };
}
